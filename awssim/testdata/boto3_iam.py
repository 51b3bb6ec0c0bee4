"""Drive the IAM of the simulator with boto3: decoded documents, paging, typed
errors, a user's key, a role with an external id."""

import json

import boto3

TRUST = json.dumps({"Version": "2012-10-17", "Statement": [{
    "Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole",
    "Condition": {"StringEquals": {"sts:ExternalId": "x-42"}}}]})
LIST = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*"}]}
iam = boto3.client("iam")
sts = boto3.client("sts")

role = iam.create_role(RoleName="lab", AssumeRolePolicyDocument=TRUST, Tags=[{"Key": "a", "Value": "b"}])["Role"]
assert role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] == {"AWS": "arn:aws:iam::111122223333:root"}, role
try:
    iam.create_role(RoleName="Lab", AssumeRolePolicyDocument=TRUST)
except iam.exceptions.EntityAlreadyExistsException:
    pass
else:
    raise AssertionError("two roles of one name")
iam.put_role_policy(RoleName="lab", PolicyName="own", PolicyDocument=json.dumps(LIST))
assert iam.get_role_policy(RoleName="lab", PolicyName="own")["PolicyDocument"] == LIST
for i in range(7):
    iam.create_user(UserName=f"u{i}")
pages = list(iam.get_paginator("get_account_authorization_details").paginate(PaginationConfig={"PageSize": 3}))
assert len(pages) == 3, len(pages)
assert sum(len(p["UserDetailList"]) for p in pages) == 7
assert [d["PolicyDocument"] for p in pages for r in p["RoleDetailList"] for d in r["RolePolicyList"]] == [LIST]

key = iam.create_access_key(UserName="u1")["AccessKey"]
mine = boto3.client("sts", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])
assert mine.get_caller_identity()["Arn"] == "arn:aws:iam::111122223333:user/u1"
try:
    sts.assume_role(RoleArn=role["Arn"], RoleSessionName="me")
except sts.exceptions.ClientError as e:
    assert e.response["Error"]["Code"] == "AccessDenied", e
else:
    raise AssertionError("a role without its external id")
sts.assume_role(RoleArn=role["Arn"], RoleSessionName="me", ExternalId="x-42")
