"""Drive buckets, reports and quotas of the simulator with boto3."""

import io
import json

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

path = Config(s3={"addressing_style": "path"})
s3 = boto3.client("s3", config=path)
west = boto3.client("s3", region_name="eu-west-1", config=path)


def refused(code, status, call, **args):
    try:
        call(**args)
    except ClientError as e:
        got = e.response["Error"]["Code"], e.response["ResponseMetadata"]["HTTPStatusCode"]
        assert got == (code, status), got
    else:
        raise AssertionError(f"{code} was not raised")


def allow(bucket, *actions, path=""):
    return {
        "Effect": "Allow",
        "Principal": {"Service": "billingreports.amazonaws.com"},
        "Action": list(actions),
        "Resource": f"arn:aws:s3:::{bucket}{path}",
        "Condition": {"StringEquals": {"aws:SourceAccount": "111122223333", "aws:SourceArn": "arn:aws:cur:us-east-1:111122223333:definition/*"}},
    }


s3.create_bucket(Bucket="acme-billing")
s3.create_bucket(Bucket="acme-billing")  # again is no mistake in us-east-1
refused("IllegalLocationConstraintException", 400, west.create_bucket, Bucket="acme-west")
west.create_bucket(Bucket="acme-west", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
refused("BucketAlreadyOwnedByYou", 409, west.create_bucket, Bucket="acme-west", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
assert s3.get_bucket_location(Bucket="acme-billing")["LocationConstraint"] is None
assert s3.get_bucket_location(Bucket="acme-west")["LocationConstraint"] == "eu-west-1"
s3.put_bucket_tagging(Bucket="acme-west", Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})  # botocore follows to the right region
assert west.get_bucket_tagging(Bucket="acme-west")["TagSet"] == [{"Key": "a", "Value": "b"}]
assert [b["Name"] for b in s3.list_buckets()["Buckets"]] == ["acme-billing", "acme-west"]
assert [b["BucketRegion"] for b in s3.list_buckets(BucketRegion="eu-west-1")["Buckets"]] == ["eu-west-1"]
assert all(s3.get_public_access_block(Bucket="acme-billing")["PublicAccessBlockConfiguration"].values())
refused("NoSuchBucketPolicy", 404, s3.get_bucket_policy, Bucket="acme-billing")
refused("MalformedPolicy", 400, s3.put_bucket_policy, Bucket="acme-billing", Policy="notjson")
refused("404", 404, s3.head_bucket, Bucket="nobodys-bucket")

cur = boto3.client("cur")
report = {
    "ReportName": "bills", "TimeUnit": "HOURLY", "Format": "textORcsv", "Compression": "GZIP", "AdditionalSchemaElements": [],
    "S3Bucket": "acme-billing", "S3Prefix": "", "S3Region": "us-east-1", "AdditionalArtifacts": ["REDSHIFT"],
}
refused("ValidationException", 400, cur.put_report_definition, ReportDefinition=report)
statements = [allow("acme-billing", "s3:GetBucketAcl", "s3:GetBucketPolicy"), allow("acme-billing", "s3:PutObject", path="/*")]
s3.put_bucket_policy(Bucket="acme-billing", Policy=json.dumps({"Version": "2012-10-17", "Statement": statements}, indent=2))
assert json.loads(s3.get_bucket_policy(Bucket="acme-billing")["Policy"])["Statement"] == statements
cur.put_report_definition(ReportDefinition=report)
found = [r["ReportName"] for page in cur.get_paginator("describe_report_definitions").paginate() for r in page["ReportDefinitions"]]
assert found == ["bills"], found

s3.upload_fileobj(io.BytesIO(b"x" * 1000), "acme-billing", "a b/ü.bin")
assert s3.get_object(Bucket="acme-billing", Key="a b/ü.bin")["Body"].read() == b"x" * 1000
assert [o["Key"] for page in s3.get_paginator("list_objects_v2").paginate(Bucket="acme-billing") for o in page["Contents"]] == ["a b/ü.bin"]
refused("PreconditionFailed", 412, s3.put_object, Bucket="acme-billing", Key="a b/ü.bin", Body=b"", IfNoneMatch="*")
refused("BucketNotEmpty", 409, s3.delete_bucket, Bucket="acme-billing")

quotas = boto3.client("service-quotas")
quota = [q for q in quotas.list_service_quotas(ServiceCode="organizations")["Quotas"] if q["QuotaName"] == "Default maximum number of accounts"][0]
assert quota["Value"] == 10 and quota["Adjustable"], quota
quotas.request_service_quota_increase(ServiceCode="organizations", QuotaCode=quota["QuotaCode"], DesiredValue=201)
try:
    quotas.request_service_quota_increase(ServiceCode="organizations", QuotaCode=quota["QuotaCode"], DesiredValue=301)
except quotas.exceptions.ResourceAlreadyExistsException:
    pass
else:
    raise AssertionError("two requests at once")
seen = []
for _ in range(3):
    page = quotas.list_requested_service_quota_change_history_by_quota(ServiceCode="organizations", QuotaCode=quota["QuotaCode"])
    seen.append(page["RequestedQuotas"][0]["Status"])
assert seen == ["CASE_OPENED", "APPROVED", "APPROVED"], seen
assert quotas.get_service_quota(ServiceCode="organizations", QuotaCode=quota["QuotaCode"])["Quota"]["Value"] == 201
