package reconcile

import (
	"strings"

	"github.com/payer-reconciler/reconciler/iampolicy"
	"github.com/payer-reconciler/reconciler/spec"
)

// ask is one request of somebody. It is put in several regions.
type ask struct {
	policyType string
	path       string // of the unit whose policies bind it
	account    string // whose resources it is about
	who        iampolicy.Principal
	tags       map[string]string // that who is known to bear
	action     string
	arn        string // {region} in it is where it is asked; "" where the action knows no resources
	global     bool   // the service is in one region alone
	// tagged says that it brings tags, or is about what has some: nobody knows
	// which.
	tagged bool
	// keys are condition keys that it has beside those that all have; one without
	// values it does not have. Those in open it may have, and nobody knows how.
	keys  map[string][]string
	open  []string
	exact bool // all the tags that it brings are among these
	call  bool // it is a call to IAM of which [ofIAM] are known
}

// of takes over what is known of a call to IAM.
func (a *ask) of(c *call) {
	a.global, a.tagged, a.call, a.keys, a.open, a.exact = true, true, true, c.keys, c.open, c.exact
}

// service are requests by which a role lives in a service: one of the reads or
// one of the writes is enough to be at work there. In each are some that know
// resources, and some of the writes make nothing, for many a policy asks for tags
// of what is made.
type service struct {
	name, resource string // the ARN behind arn:PARTITION:
	global         bool
	reads, writes  []string // the first of the reads knows no resources
}

// services are those that most work is done in (November 2026; the names of the
// actions are those of the Service Authorization Reference).
var services = []service{
	{"iam", "iam::{account}:role/reconciler-asks", true, []string{"ListRoles", "GetRole"}, []string{"CreateRole", "UpdateRole"}},
	{"s3", "s3:::reconciler-asks/key", false, []string{"ListAllMyBuckets", "GetObject"}, []string{"PutObject", "DeleteObject"}},
	{"ec2", "ec2:{region}:{account}:instance/i-00000000000000000", false, []string{"DescribeInstances", "GetConsoleOutput"}, []string{"RunInstances", "StopInstances"}},
	{"lambda", "lambda:{region}:{account}:function:reconciler-asks", false, []string{"ListFunctions", "GetFunction"}, []string{"CreateFunction", "UpdateFunctionCode"}},
	{"dynamodb", "dynamodb:{region}:{account}:table/reconciler-asks", false, []string{"ListTables", "GetItem"}, []string{"CreateTable", "PutItem"}},
	{"rds", "rds:{region}:{account}:db:reconciler-asks", false, []string{"DescribeDBInstances", "ListTagsForResource"}, []string{"CreateDBInstance", "ModifyDBInstance"}},
	{"logs", "logs:{region}:{account}:log-group:reconciler-asks:*", false, []string{"DescribeQueries", "GetLogEvents"}, []string{"CreateLogGroup", "PutRetentionPolicy"}},
	{"cloudwatch", "cloudwatch:{region}:{account}:alarm:reconciler-asks", false, []string{"ListMetrics", "DescribeAlarms"}, []string{"PutMetricAlarm", "DeleteAlarms"}},
	{"cloudformation", "cloudformation:{region}:{account}:stack/reconciler-asks/0", false, []string{"ListStacks", "GetTemplate"}, []string{"CreateStack", "UpdateStack"}},
	{"kms", "kms:{region}:{account}:key/00000000-0000-0000-0000-000000000000", false, []string{"ListKeys", "DescribeKey"}, []string{"EnableKey", "Encrypt"}},
	{"sqs", "sqs:{region}:{account}:reconciler-asks", false, []string{"ListQueues", "ReceiveMessage"}, []string{"CreateQueue", "SendMessage"}},
	{"sns", "sns:{region}:{account}:reconciler-asks", false, []string{"ListTopics", "GetTopicAttributes"}, []string{"CreateTopic", "Publish"}},
	{"ssm", "ssm:{region}:{account}:parameter/reconciler-asks", false, []string{"DescribeParameters", "GetParameter"}, []string{"PutParameter", "DeleteParameter"}},
	{"secretsmanager", "secretsmanager:{region}:{account}:secret:reconciler-asks-000000", false, []string{"ListSecrets", "GetSecretValue"}, []string{"CreateSecret", "PutSecretValue"}},
	{"events", "events:{region}:{account}:rule/reconciler-asks", false, []string{"ListRules", "DescribeRule"}, []string{"PutRule", "EnableRule"}},
	{"ecs", "ecs:{region}:{account}:cluster/reconciler-asks", false, []string{"ListClusters", "DescribeClusters"}, []string{"CreateCluster", "UpdateCluster"}},
}

// regions are those of AWS (botocore 1.43.11, partitions.json, November 2026).
var regions = map[string]string{
	"aws": "us-east-1 us-east-2 us-west-1 us-west-2 eu-west-1 eu-west-2 eu-west-3 eu-central-1 eu-central-2 eu-north-1 eu-south-1 eu-south-2 " +
		"ap-east-1 ap-east-2 ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-south-2 ap-southeast-1 ap-southeast-2 ap-southeast-3 " +
		"ap-southeast-4 ap-southeast-5 ap-southeast-6 ap-southeast-7 ca-central-1 ca-west-1 sa-east-1 mx-central-1 me-central-1 me-south-1 " +
		"il-central-1 af-south-1",
	"aws-cn":     "cn-north-1 cn-northwest-1",
	"aws-us-gov": "us-gov-west-1 us-gov-east-1",
}

// globalRegion is the region that requests to IAM bear.
func globalRegion(p *spec.Payer) string {
	switch p.Partition() {
	case "aws-cn":
		return "cn-north-1"
	case "aws-us-gov":
		return "us-gov-west-1"
	}
	return "us-east-1"
}

// likely are the regions that a role may work in, the home region first, one of
// each sort that the policies tell apart.
func likely(p *spec.Payer, policies []*iampolicy.Policy) []string {
	all := append([]string{p.HomeRegion}, strings.Fields(regions[p.Partition()])...)
	return iampolicy.Apart(policies, "aws:requestedregion", all)
}

// item is one thing that somebody may do, by any of several requests.
type item []ask

// ledger are the things that make up a life, or one that is needed.
type ledger struct {
	of    string // "" where it is all that is done; else what is kept from whom
	items []item
}

// life are the ledgers of what a role does in its account by itself: what it
// writes, and what it reads.
func (w *works) life(partition string) []ledger {
	reads, writes := ledger{}, ledger{}
	for _, s := range services {
		resource := "arn:" + partition + ":" + strings.ReplaceAll(s.resource, "{account}", w.account)
		thing := func(actions []string, bare bool) item {
			var all item
			for i, action := range actions {
				a := w.ask(partition, s.name+":"+action, resource)
				if a.global = s.global; bare && i == 0 {
					a.arn = ""
				}
				all = append(all, a)
			}
			return all
		}
		reads.items = append(reads.items, thing(s.reads, true))
		writes.items = append(writes.items, thing(s.writes, false))
	}
	return []ledger{writes, reads}
}

// ledgers are all that a role does: what it lives by, what it keeps for us, and
// being assumed.
func (w *works) ledgers(g *gauge) []ledger {
	partition := g.p.Payer.Partition()
	all := w.life(partition)
	for _, need := range w.needs {
		a := w.ask(partition, need.action, strings.ReplaceAll(need.arn, "{account}", w.account))
		a.of(need)
		of := " from " + need.action
		if need.arn != "" {
			of += " of role/" + need.arn[strings.LastIndexByte(need.arn, '/')+1:]
		}
		all = append(all, ledger{of, []item{{a}}})
	}
	arn := member(partition, w.account, w.role).ARN
	for _, from := range w.by {
		who, err := iampolicy.PrincipalOf(from.arn)
		if err != nil {
			continue
		}
		var it item
		for _, one := range g.anyOf(who) {
			it = append(it, g.assume(from, one, w, arn)...)
		}
		all = append(all, ledger{", which " + from.arn + " assumes", []item{it}})
	}
	return all
}

// ask is a request of the role itself.
func (w *works) ask(partition, action, arn string) ask {
	return ask{policyType: spec.SCP, path: w.path, account: w.account, who: member(partition, w.account, w.role), tags: w.tags, action: action, arn: arn}
}

// member is a session of a role in a member account.
func member(partition, account, role string) iampolicy.Principal {
	name := role[strings.LastIndexByte(role, '/')+1:]
	return iampolicy.Principal{ARN: "arn:" + partition + ":iam::" + account + ":role/" + role,
		Session: "arn:" + partition + ":sts::" + account + ":assumed-role/" + name + "/reconciler"}
}
