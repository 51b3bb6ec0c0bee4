package iampolicy

import (
	"slices"
	"strings"
)

// RCPServicesAsOf is the day on which the list of the services that resource
// control policies apply to was read.
const RCPServicesAsOf = "2026-09-26"

// rcpServices are the prefixes of the services whose actions resource control
// policies apply to, sorted. Source: OG, "Resource control policies (RCPs)",
// section "List of AWS services that support RCPs", as of [RCPServicesAsOf].
var rcpServices = []string{
	"aoss", "appconfig", "appstream", "autoscaling", "autoscaling-plans", "budgets", "clouddirectory", "cloudfront",
	"cloudsearch", "cloudtrail-data", "codeartifact", "codebuild", "codecommit", "codepipeline", "cognito-identity",
	"cognito-idp", "comprehend", "comprehendmedical", "compute-optimizer", "cost-optimization-hub", "dax", "dsql",
	"dynamodb", "ecr", "ecr-public", "events", "firehose", "fis", "fms", "gamelift", "health", "inspector-scan",
	"kendra", "kinesisvideo", "kms", "logs", "memorydb", "networkmonitor", "notifications", "opensearch",
	"pca-connector-ad", "personalize", "polly", "pricing", "resource-groups", "rolesanywhere", "s3", "secretsmanager",
	"servicediscovery", "signin", "sqs", "sts", "support", "swf", "textract", "timestream-influxdb", "transcribe",
	"transfer", "translate", "wafv2", "workspaces", "xray",
}

// rcpSpared are the actions of those services that no resource control policy
// restricts. Source: the same page, section "Resources and entities not
// restricted by RCPs".
var rcpSpared = []string{"kms:retiregrant"}

// RCPReaches reports whether resource control policies restrict any of the
// actions that a pattern of an Action means, by the list of [RCPServicesAsOf]; of
// one action, whether they restrict that. Of a pattern that is none it is true.
func RCPReaches(pattern string) bool {
	pattern = lower(pattern)
	service, _, ok := strings.Cut(pattern, ":")
	if !ok || strings.Contains(pattern, "${") {
		return true
	}
	if slices.Contains(rcpSpared, pattern) {
		return false
	}
	return slices.ContainsFunc(rcpServices, func(s string) bool { return matches(service, s) })
}
