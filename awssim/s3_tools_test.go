package awssim_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/internal/tools"
)

// TestAWSCLIBuckets makes the bucket that bills go to, the report, and asks
// for more accounts, as a person would at a terminal.
func TestAWSCLIBuckets(t *testing.T) {
	cli := needs(t, "aws")
	_, _, env := serve(t, awssim.Options{Quota: 10})
	dir := t.TempDir()
	for name, text := range map[string]string{
		"policy.json": deliver("acme-billing", "111122223333"),
		"report.json": `{"ReportName":"bills","TimeUnit":"DAILY","Format":"Parquet","Compression":"Parquet","AdditionalSchemaElements":["RESOURCES"],"S3Bucket":"acme-billing","S3Prefix":"cur","S3Region":"us-east-1"}`,
		"bill.csv":    "1,2\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	run := func(args ...string) string {
		t.Helper()
		out, err := program(t, env, dir, cli, append(args, "--output", "json")...)
		if err != nil {
			t.Fatalf("aws %s: %v\n%s", strings.Join(args, " "), err, out)
		}
		return out
	}
	run("s3api", "create-bucket", "--bucket", "acme-billing")
	run("s3api", "create-bucket", "--bucket", "acme-west", "--region", "eu-west-1", "--create-bucket-configuration", "LocationConstraint=eu-west-1")
	run("s3api", "put-bucket-versioning", "--bucket", "acme-billing", "--versioning-configuration", "Status=Enabled")
	run("s3api", "put-bucket-policy", "--bucket", "acme-billing", "--policy", "file://policy.json")
	run("s3", "cp", "bill.csv", "s3://acme-billing/cur/bill.csv")
	if got := run("s3", "ls", "s3://acme-billing", "--recursive"); !strings.Contains(got, "cur/bill.csv") {
		t.Errorf("objects: %s", got)
	}
	if got, _ := program(t, env, dir, cli, "s3", "cp", "s3://acme-billing/cur/bill.csv", "-"); got != "1,2\n" {
		t.Errorf("the object: %q", got)
	}
	run("cur", "put-report-definition", "--report-definition", "file://report.json")
	var reports struct{ ReportDefinitions []struct{ ReportName string } }
	if err := json.Unmarshal([]byte(run("cur", "describe-report-definitions")), &reports); err != nil || len(reports.ReportDefinitions) != 1 {
		t.Errorf("reports %+v %v", reports, err)
	}
	run("service-quotas", "request-service-quota-increase", "--service-code", "organizations", "--quota-code", "L-E619E033", "--desired-value", "201")
	if got := run("service-quotas", "list-requested-service-quota-change-history-by-quota", "--service-code", "organizations", "--quota-code", "L-E619E033"); !strings.Contains(got, "CASE_OPENED") {
		t.Errorf("requests: %s", got)
	}
	out, err := program(t, env, dir, cli, "s3api", "head-bucket", "--bucket", "nobodys-bucket")
	if err == nil || !strings.Contains(out, "404") {
		t.Errorf("a bucket that is not there: %v %s", err, out)
	}
}

func TestBoto3Buckets(t *testing.T) {
	py := needsPython(t, "boto3")
	_, _, env := serve(t, awssim.Options{Quota: 10})
	if out, err := program(t, env, "testdata", py, "-B", "boto3_buckets.py"); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

const bucketStack = `
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {
  region                      = "us-east-1"
  s3_use_path_style           = true
  skip_metadata_api_check     = true
  skip_region_validation      = true
}

resource "aws_s3_bucket" "bills" {
  bucket = "acme-billing"
  tags   = { owner = "finance" }
}

resource "aws_s3_bucket_versioning" "bills" {
  bucket = aws_s3_bucket.bills.id
  versioning_configuration { status = "Enabled" }
}

resource "aws_s3_bucket_public_access_block" "bills" {
  bucket                  = aws_s3_bucket.bills.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "bills" {
  bucket = aws_s3_bucket.bills.id
  rule { object_ownership = "BucketOwnerEnforced" }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "bills" {
  bucket = aws_s3_bucket.bills.id
  rule {
    apply_server_side_encryption_by_default { sse_algorithm = "AES256" }
    bucket_key_enabled = true
  }
}

resource "aws_s3_bucket_policy" "bills" {
  bucket = aws_s3_bucket.bills.id
  policy = POLICY
}

resource "aws_cur_report_definition" "bills" {
  report_name                = "bills"
  time_unit                  = "DAILY"
  format                     = "Parquet"
  compression                = "Parquet"
  additional_schema_elements = ["RESOURCES"]
  s3_bucket                  = aws_s3_bucket.bills.id
  s3_prefix                  = "cur"
  s3_region                  = "us-east-1"
  report_versioning          = "OVERWRITE_REPORT"
  depends_on                 = [aws_s3_bucket_policy.bills]
}
`

// TestTerraformBuckets applies a bucket and a report, plans them without a
// change, and destroys them.
func TestTerraformBuckets(t *testing.T) {
	found, err := tools.FindTerraform()
	tf := tools.Use(t, found, err)
	sim, _, env := serve(t, awssim.Options{})
	policy, err := json.Marshal(deliver("acme-billing", "111122223333"))
	if err != nil {
		t.Fatal(err)
	}
	w, err := tf.Workspace(t.Context(), t.TempDir(), strings.Replace(bucketStack, "POLICY", string(policy), 1), env)
	if err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"apply", "-auto-approve", "-input=false"},
		{"plan", "-detailed-exitcode", "-input=false"}, // exit code 2 is a change
		{"destroy", "-auto-approve", "-input=false"},
	} {
		if _, err := w.Run(t.Context(), args...); err != nil {
			for _, c := range sim.Calls() {
				if c.Code != "" {
					t.Logf("%s %s: %s", c.Service, c.Operation, c.Code)
				}
			}
			t.Fatal(err)
		}
	}
}
