"""Drive the simulator with boto3: paging, typed errors, roles."""

import boto3
from botocore.exceptions import ClientError

SCP = '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"iam:*","Resource":"*"}]}'
org = boto3.client("organizations")
sts = boto3.client("sts")


def refused(code, reason, call, **args):
    try:
        call(**args)
    except ClientError as e:
        got = e.response["Error"]["Code"], e.response.get("Reason")
        assert got == (code, reason), got
    else:
        raise AssertionError(f"{code} was not raised")


assert sts.get_caller_identity()["Account"] == "111122223333"
refused("AWSOrganizationsNotInUseException", None, org.list_accounts)
org.create_organization(FeatureSet="ALL")
root = org.list_roots()["Roots"][0]
assert root["PolicyTypes"] == [{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}], root
ou = org.create_organizational_unit(ParentId=root["Id"], Name="Labs")["OrganizationalUnit"]
try:
    org.create_organizational_unit(ParentId=root["Id"], Name="Labs")
except org.exceptions.DuplicateOrganizationalUnitException:
    pass
else:
    raise AssertionError("a second unit of one name")
for i in range(5):
    r = org.create_account(AccountName=f"lab{i}", Email=f"lab{i}@example.com")["CreateAccountStatus"]
    assert r["State"] == "IN_PROGRESS", r
    r = org.describe_create_account_status(CreateAccountRequestId=r["Id"])["CreateAccountStatus"]
    assert r["State"] == "SUCCEEDED", r
    org.move_account(AccountId=r["AccountId"], SourceParentId=root["Id"], DestinationParentId=ou["Id"])
refused("ConstraintViolationException", "ACCOUNT_NUMBER_LIMIT_EXCEEDED", org.create_account, AccountName="x", Email="x@example.com")
pages = list(org.get_paginator("list_accounts").paginate(PaginationConfig={"PageSize": 2}))
assert [len(p["Accounts"]) for p in pages] == [2, 2, 2], pages
member = pages[2]["Accounts"][1]
assert member["State"] == member["Status"] == "ACTIVE", member
assert member["Paths"] == [ou["Path"] + member["Id"] + "/"], member
creds = sts.assume_role(RoleArn=f"arn:aws:iam::{member['Id']}:role/OrganizationAccountAccessRole", RoleSessionName="inside")["Credentials"]
inside = boto3.Session(creds["AccessKeyId"], creds["SecretAccessKey"], creds["SessionToken"], region_name="us-east-1")
assert inside.client("sts").get_caller_identity()["Account"] == member["Id"]
assert inside.client("organizations").describe_organization()["Organization"]["MasterAccountId"] == "111122223333"
refused("AccessDeniedException", None, inside.client("organizations").list_accounts)
p = org.create_policy(Name="Deny", Description="", Type="SERVICE_CONTROL_POLICY", Content=SCP)["Policy"]["PolicySummary"]["Id"]
org.attach_policy(PolicyId=p, TargetId=ou["Id"])
refused("PolicyInUseException", None, org.delete_policy, PolicyId=p)
refused("MalformedPolicyDocumentException", None, org.update_policy, PolicyId=p, Content="{")
found = [t["Name"] for page in org.get_paginator("list_targets_for_policy").paginate(PolicyId="p-FullAWSAccess") for t in page["Targets"]]
assert len(found) == 8, found
