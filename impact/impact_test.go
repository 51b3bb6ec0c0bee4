package impact

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/payer-reconciler/reconciler/resource"
)

const (
	scp  = "SERVICE_CONTROL_POLICY"
	full = `{"Effect":"Allow","Action":"*","Resource":"*"}`
)

// on is what hangs on a node: "name: statements".
func on(path string, list ...string) []Policy {
	node := "root"
	if path != "" {
		node = "ou/" + path
	}
	var all []Policy
	for _, p := range list {
		name, statements, read := strings.Cut(p, ": ")
		doc := ""
		if read {
			doc = `{"Version":"2012-10-17","Statement":[` + statements + `]}`
		}
		all = append(all, Policy{Ref: resource.Ref{Kind: "policy", Name: name}, Attachment: resource.Ref{Kind: "attachment", Name: name + "@" + node}, Type: scp, Document: doc})
	}
	return all
}

// lines are what a result says, a line each.
func lines(r *Result) []string {
	var all []string
	for _, n := range r.Impacts {
		s := n.Effect + " " + strings.Join(n.Actions, " ")
		if n.Resource != "" {
			s += " on " + n.Resource
		}
		if n.Condition != "" {
			s += " where " + n.Condition
		}
		for _, u := range n.Unless {
			s += " unless " + u.Condition
			if u.Resource != "" {
				s += " on " + u.Resource
			}
			if u.Denied {
				s += ", denied"
			}
		}
		var by []string
		for _, r := range n.By {
			by = append(by, r.String())
		}
		if len(n.From) > 0 {
			s += " from " + strings.Join(n.From, ",")
		}
		all = append(all, fmt.Sprintf("%s: %d in %s by %s", s, n.Accounts, strings.Join(n.OUs, ","), strings.Join(by, " ")))
	}
	return all
}

func deny(rest string) string  { return `{"Effect":"Deny",` + rest + `}` }
func allow(rest string) string { return `{"Effect":"Allow",` + rest + `}` }
func on1(actions string) string {
	return `"Action":[` + actions + `],"Resource":"*"`
}
func where(actions, block string) string { return on1(actions) + `,"Condition":{` + block + `}` }

func TestOf(t *testing.T) {
	const F = "Full: " + full
	regions := func(list string) string {
		return "R: " + deny(where(`"ec2:*"`, `"StringNotEquals":{"aws:RequestedRegion":[`+list+`]}`))
	}
	for _, tt := range []struct {
		name          string
		before, after []string // on the one unit, which has 7 accounts
		changed       string
		want          []string
	}{
		{"nothing", []string{F}, []string{F}, "", nil},
		{"a deny is attached", []string{F}, []string{F, "D: " + deny(on1(`"ec2:RunInstances","S3:*"`))}, "attachment/D@ou/U",
			[]string{"denied ec2:RunInstances S3:*: 7 in U by attachment/D@ou/U"}},
		{"a deny is detached", []string{F, "D: " + deny(on1(`"ec2:RunInstances"`))}, []string{F}, "attachment/D@ou/U",
			[]string{"allowed ec2:RunInstances: 7 in U by attachment/D@ou/U"}},
		{"a deny grows", []string{F, "D: " + deny(on1(`"ec2:Run*"`))}, []string{F, "D: " + deny(on1(`"ec2:*"`))}, "policy/D",
			[]string{"denied ec2:*: 7 in U by policy/D"}},
		{"a deny shrinks", []string{F, "D: " + deny(on1(`"ec2:*"`))}, []string{F, "D: " + deny(on1(`"ec2:Run*"`))}, "policy/D",
			[]string{"allowed ec2:* !ec2:Run*: 7 in U by policy/D"}},
		{"what is denied already is no news", []string{F, "A: " + deny(on1(`"ec2:*"`))}, []string{F, "A: " + deny(on1(`"ec2:*"`)), "D: " + deny(on1(`"ec2:Run*"`))}, "attachment/D@ou/U", nil},
		{"worded otherwise", []string{F, "D: " + deny(on1(`"ec2:*","ec2:Run*"`))}, []string{F, "D: " + deny(on1(`"EC2:*"`))}, "policy/D", nil},
		{"a condition stays", []string{F, "D: " + deny(where(`"ec2:*"`, `"Bool":{"a:b":"true"}`))}, []string{F, "D: " + deny(where(`"ec2:*"`, `"Bool":{"A:b":true}`)) + "," + deny(on1(`"s3:*"`))}, "policy/D",
			[]string{"denied s3:*: 7 in U by policy/D"}},
		{"a condition comes", []string{F, "D: " + deny(on1(`"ec2:*"`))}, []string{F, "D: " + deny(where(`"ec2:*"`, `"Bool":{"a:b":"true"}`))}, "policy/D",
			[]string{`allowed ec2:* unless {"Bool":{"a:b":"true"}}, denied: 7 in U by policy/D`}},
		{"a condition goes", []string{F, "D: " + deny(where(`"ec2:*"`, `"Bool":{"a:b":"true"}`))}, []string{F, "D: " + deny(on1(`"ec2:*"`))}, "policy/D",
			[]string{`denied ec2:* unless {"Bool":{"a:b":"true"}}, denied: 7 in U by policy/D`}},
		{"a region more", []string{F, regions(`"us-east-1"`)}, []string{F, regions(`"us-east-1","eu-west-1"`)}, "policy/R",
			[]string{`allowed ec2:* where {"StringNotEquals":{"aws:requestedregion":"us-east-1"}} unless {"StringNotEquals":{"aws:requestedregion":["eu-west-1","us-east-1"]}}, denied: 7 in U by policy/R`}},
		{"another region", []string{F, regions(`"us-east-1"`)}, []string{F, regions(`"eu-west-1"`)}, "policy/R", []string{
			`denied ec2:* where {"StringNotEquals":{"aws:requestedregion":"eu-west-1"}} unless {"StringNotEquals":{"aws:requestedregion":"us-east-1"}}, denied: 7 in U by policy/R`,
			`allowed ec2:* where {"StringNotEquals":{"aws:requestedregion":"us-east-1"}} unless {"StringNotEquals":{"aws:requestedregion":"eu-west-1"}}, denied: 7 in U by policy/R`}},
		{"the regions are detached", []string{F, regions(`"us-east-1"`), "D: " + deny(where(`"*"`, `"Bool":{"a:b":"true"}`))}, []string{F, "D: " + deny(where(`"*"`, `"Bool":{"a:b":"true"}`))}, "attachment/R@ou/U",
			[]string{`allowed ec2:* where {"StringNotEquals":{"aws:requestedregion":"us-east-1"}}: 7 in U by attachment/R@ou/U`}},
		{"the narrower of two is detached", []string{F, regions(`"us-east-1"`), regions(`"us-east-1","eu-west-1"`)}, []string{F, regions(`"us-east-1","eu-west-1"`)}, "attachment/R@ou/U",
			[]string{`allowed ec2:* where {"StringNotEquals":{"aws:requestedregion":"us-east-1"}} unless {"StringNotEquals":{"aws:requestedregion":["eu-west-1","us-east-1"]}}, denied: 7 in U by attachment/R@ou/U`}},
		{"a region more, for all but some actions", []string{F, "R: " + deny(`"NotAction":["iam:*"],"Resource":"*","Condition":{"StringNotEquals":{"k:r":["a"]}}`)},
			[]string{F, "R: " + deny(`"NotAction":["iam:*"],"Resource":"*","Condition":{"StringNotEquals":{"k:r":["a","b"]}}`)}, "policy/R",
			[]string{`allowed * !iam:* where {"StringNotEquals":{"k:r":"a"}} unless {"StringNotEquals":{"k:r":["a","b"]}}, denied: 7 in U by policy/R`}},
		{"a region more, and for fewer actions", []string{F, "R: " + deny(where(`"ec2:*"`, `"StringNotEquals":{"k:r":["a"]}`))},
			[]string{F, "R: " + deny(where(`"ec2:Run*"`, `"StringNotEquals":{"k:r":["a","b"]}`))}, "policy/R", []string{
				`allowed ec2:* !ec2:Run* where {"StringNotEquals":{"k:r":"a"}}: 7 in U by policy/R`,
				`allowed ec2:Run* where {"StringNotEquals":{"k:r":"a"}} unless {"StringNotEquals":{"k:r":["a","b"]}}, denied: 7 in U by policy/R`}},
		{"fewer resources", []string{F, "D: " + deny(`"Action":"s3:*","Resource":["arn:aws:s3:::b","arn:aws:s3:::c"]`)}, []string{F, "D: " + deny(`"Action":"s3:*","Resource":"arn:aws:s3:::b"`)}, "policy/D",
			[]string{`allowed s3:* on ["arn:aws:s3:::b","arn:aws:s3:::c"] unless  on arn:aws:s3:::b, denied: 7 in U by policy/D`}},
		{"a region less", []string{F, regions(`"us-east-1","eu-west-1"`)}, []string{F, regions(`"us-east-1"`)}, "policy/R",
			[]string{`denied ec2:* where {"StringNotEquals":{"aws:requestedregion":"us-east-1"}} unless {"StringNotEquals":{"aws:requestedregion":["eu-west-1","us-east-1"]}}, denied: 7 in U by policy/R`}},
		{"a resource", []string{F}, []string{F, "D: " + deny(`"Action":"s3:*","Resource":"arn:aws:s3:::b/*"`)}, "attachment/D@ou/U",
			[]string{"denied s3:* on arn:aws:s3:::b/*: 7 in U by attachment/D@ou/U"}},
		{"all but some actions", []string{F}, []string{F, "D: " + deny(`"NotAction":["iam:*","sts:*"],"Resource":"*"`)}, "attachment/D@ou/U",
			[]string{"denied * !iam:* !sts:*: 7 in U by attachment/D@ou/U"}},
		{"one more inside of what is left out", []string{F}, []string{F, "D: " + deny(`"NotAction":["iam:*","sts:*"],"Resource":"*"`) + "," + deny(on1(`"iam:CreateUser"`))}, "attachment/D@ou/U",
			[]string{"denied * !iam:* !sts:*: 7 in U by attachment/D@ou/U", "denied iam:CreateUser: 7 in U by attachment/D@ou/U"}},
		{"inside of that once more", []string{F}, []string{F, "D: " + deny(`"NotAction":"iam:*","Resource":"*"`) + "," + deny(on1(`"iam:Delete*"`)), "E: " + deny(on1(`"s3:Get*"`))}, "attachment/D@ou/U attachment/E@ou/U",
			[]string{"denied * !iam:*: 7 in U by attachment/D@ou/U attachment/E@ou/U", "denied iam:Delete*: 7 in U by attachment/D@ou/U"}},
		{"all of that goes", []string{F, "D: " + deny(`"NotAction":"iam:*","Resource":"*"`) + "," + deny(on1(`"iam:Delete*"`))}, []string{F, "D: " + deny(on1(`"iam:*"`))}, "policy/D",
			[]string{"denied iam:*: 7 in U by policy/D", "allowed * !iam:*: 7 in U by policy/D"}},
		{"shut is opened on a resource", []string{"L: " + allow(on1(`"s3:*"`))}, []string{"L: " + allow(on1(`"s3:*"`)) + "," + allow(`"Action":"ec2:*","Resource":"a"`)}, "policy/L",
			[]string{"allowed ec2:* on a: 7 in U by policy/L"}},
		{"FullAWSAccess comes, and a condition stays", []string{"L: " + allow(on1(`"s3:*"`)), "D: " + deny(where(`"ec2:*"`, `"Bool":{"a:b":"true"}`))}, []string{F, "D: " + deny(where(`"ec2:*"`, `"Bool":{"a:b":"true"}`))}, "attachment/Full@ou/U",
			[]string{"allowed * !ec2:*: 7 in U by attachment/Full@ou/U", `allowed ec2:* unless {"Bool":{"a:b":"true"}}, denied: 7 in U by attachment/Full@ou/U`}},
		{"an action less of those", []string{F, "D: " + deny(`"NotAction":["iam:*","sts:*"],"Resource":"*"`)}, []string{F, "D: " + deny(`"NotAction":["sts:*"],"Resource":"*"`)}, "policy/D",
			[]string{"denied iam:*: 7 in U by policy/D"}},
		{"patterns that cross", []string{F, "D: " + deny(on1(`"ec2:Describe*"`))}, []string{F, "D: " + deny(on1(`"ec2:*Reserved*"`))}, "policy/D",
			[]string{"denied ec2:*Reserved*: 7 in U by policy/D", "allowed ec2:Describe* !ec2:describe*reserved*: 7 in U by policy/D"}},
		{"FullAWSAccess goes for a list", []string{F}, []string{"L: " + allow(on1(`"s3:*","ec2:*"`))}, "attachment/Full@ou/U attachment/L@ou/U",
			[]string{"denied * !ec2:* !s3:*: 7 in U by attachment/Full@ou/U"}},
		{"the list grows", []string{"L: " + allow(on1(`"s3:*"`))}, []string{"L: " + allow(on1(`"s3:*","ec2:*"`))}, "policy/L",
			[]string{"allowed ec2:*: 7 in U by policy/L"}},
		{"an allow under a condition", []string{F}, []string{"L: " + allow(where(`"*"`, `"Bool":{"a:b":"true"}`))}, "attachment/Full@ou/U attachment/L@ou/U",
			[]string{`denied * unless {"Bool":{"a:b":"true"}}: 7 in U by attachment/Full@ou/U attachment/L@ou/U`}},
		{"an allow on two resources", []string{F}, []string{"L: " + allow(`"Action":"*","Resource":"a"`) + "," + allow(`"Action":"*","Resource":"b","Condition":{"Bool":{"a:b":"true"}}`)}, "attachment/L@ou/U",
			[]string{`denied * unless  on a unless {"Bool":{"a:b":"true"}} on b: 7 in U by attachment/L@ou/U`}},
		{"that allow gets wider", []string{"L: " + allow(`"Action":"*","Resource":"a"`)}, []string{"L: " + allow(`"Action":"*","Resource":["a","b"]`)}, "policy/L",
			[]string{`allowed * on ["a","b"]: 7 in U by policy/L`}},
		{"that allow goes everywhere", []string{"L: " + allow(where(`"*"`, `"Bool":{"a:b":"true"}`))}, []string{"L: " + full}, "policy/L",
			[]string{"allowed *: 7 in U by policy/L"}},
		{"that allow gets narrower", []string{"L: " + allow(`"Action":"*","Resource":["a","b"]`)}, []string{"L: " + allow(`"Action":"*","Resource":"a"`)}, "policy/L",
			[]string{"denied * unless  on a: 7 in U by policy/L"}},
		{"of others nothing is known", []string{F, "X"}, []string{F, "X", "D: " + deny(on1(`"ec2:*"`))}, "attachment/D@ou/U",
			[]string{"denied ec2:*: 7 in U by attachment/D@ou/U"}},
		{"others may not allow what we take away", []string{F, "X"}, []string{"X", "L: " + allow(on1(`"s3:*"`))}, "attachment/Full@ou/U",
			[]string{"denied * !s3:*: 7 in U by attachment/Full@ou/U"}},
		{"others may not allow what our list gives up", []string{"X", "L: " + allow(on1(`"s3:*","ec2:*"`))}, []string{"X", "L: " + allow(on1(`"s3:*"`))}, "policy/L",
			[]string{"denied ec2:*: 7 in U by policy/L"}},
		{"others may allow what our list does not", []string{"X", "L: " + allow(on1(`"s3:*"`))}, []string{"X", "L: " + allow(on1(`"s3:*","ec2:*"`))}, "policy/L", nil},
		{"others may allow what we do not", []string{"X", "L: " + allow(on1(`"s3:*"`))}, []string{"X", "L: " + allow(on1(`"s3:*"`)), "D: " + deny(on1(`"ec2:*"`))}, "attachment/D@ou/U",
			[]string{"denied ec2:*: 7 in U by attachment/D@ou/U"}},
		{"the type is switched on", nil, []string{F, "D: " + deny(on1(`"ec2:*"`))}, "attachment/D@ou/U",
			[]string{"denied ec2:*: 7 in U by attachment/D@ou/U"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tree := Tree{Nodes: []Node{{Path: "", Before: on("", F), After: on("", F)}, {Path: "U", Accounts: 7, Before: on("U", tt.before...), After: on("U", tt.after...)}},
				Changed: map[resource.Ref]bool{}}
			for _, c := range strings.Fields(tt.changed) {
				r, err := resource.ParseRef(c)
				if err != nil {
					t.Fatal(err)
				}
				tree.Changed[r] = true
			}
			got, err := Of(tree)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, lines(got)); diff != "" {
				t.Errorf("impact (-want +got):\n%s", diff)
			}
			want := 0
			if strings.Contains(strings.Join(tt.want, "\n"), "denied ") {
				want = 7
			}
			if got.NewlyDenied != want {
				t.Errorf("newly denied to %d accounts, want %d", got.NewlyDenied, want)
			}
		})
	}
}

// TestOfATree changes the root and one unit: what is denied to all is one line,
// and an account counts once.
func TestOfATree(t *testing.T) {
	const F = "Full: " + full
	no := func(action string) string { return "No" + action[:2] + ": " + deny(on1(`"`+action+`"`)) }
	tree := Tree{Changed: map[resource.Ref]bool{}}
	for _, n := range []struct {
		path          string
		accounts      int
		before, after []string
	}{
		{"", 1, []string{F}, []string{F, no("ec2:*")}},
		{"A", 10, []string{F}, []string{F, no("s3:*")}},
		{"A/B", 100, []string{F}, []string{F}},
		{"C", 1000, []string{F, no("ec2:*")}, []string{F, no("ec2:*")}},
		{"D/E", 5, []string{F}, []string{F}}, // D is not declared
		{"Empty", 0, []string{F}, []string{F, no("iam:*")}},
	} {
		tree.Nodes = append(tree.Nodes, Node{n.path, n.accounts, on(n.path, n.before...), on(n.path, n.after...)})
	}
	for _, c := range []string{"Noec@root", "Nos3@ou/A", "Noia@ou/Empty"} {
		tree.Changed[resource.Ref{Kind: "attachment", Name: c}] = true
	}
	got, err := Of(tree)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"denied ec2:* s3:*: 110 in A,A/B by attachment/Noec@root attachment/Nos3@ou/A",
		"denied ec2:*: 6 in ,D/E by attachment/Noec@root",
	}
	if diff := cmp.Diff(want, lines(got)); diff != "" {
		t.Errorf("impact (-want +got):\n%s", diff)
	}
	if got.NewlyDenied != 116 {
		t.Errorf("newly denied to %d accounts", got.NewlyDenied)
	}
	tree.Nodes[0].After = on("", "Bad: x")
	if _, err := Of(tree); err == nil || !strings.HasPrefix(err.Error(), "read policy/Bad: ") {
		t.Errorf("Of nonsense: %v", err)
	}
}

// TestOfGroups moves accounts, and has policies on accounts themselves.
func TestOfGroups(t *testing.T) {
	const F = "Full: " + full
	no := func(name, action string) string { return name + ": " + deny(on1(`"`+action+`"`)) }
	tree := func(root string) Tree {
		t := Tree{Changed: map[resource.Ref]bool{{Kind: "attachment", Name: "New@ou/New"}: true, {Kind: "policy", Name: "P"}: true}}
		for _, n := range []struct {
			path          string
			accounts      int
			before, after []string
		}{
			{"", 1, []string{F}, []string{F}},
			{"Old", 10, []string{F, no("Old", "ec2:*"), no("Both", "sqs:*")}, []string{F, no("Old", "ec2:*"), no("Both", "sqs:*")}},
			{"Strict", 100, []string{F, no("Strict", "rds:*")}, []string{F, no("Strict", "rds:*")}},
			{"New", 0, []string{F}, []string{F, no("New", "s3:*"), no("Both", "sqs:*")}}, // the plan makes it
		} {
			t.Nodes = append(t.Nodes, Node{n.path, n.accounts, on(n.path, n.before...), on(n.path, n.after...)})
		}
		if root != "" {
			t.Nodes[0].Before = append(t.Nodes[0].Before, on("", "P: "+deny(on1(`"iam:Get*"`)))...)
			t.Nodes[0].After = append(t.Nodes[0].After, on("", "P: "+deny(on1(root)))...)
		}
		return t
	}
	own := func(list ...string) []Policy { return on("x", list...) }
	for _, tt := range []struct {
		name   string
		root   string
		groups []Group
		denied int
		want   []string
	}{
		{"to a new unit", "", []Group{{Path: "New", From: "Old", Accounts: 3}}, 3,
			[]string{"denied s3:* from Old: 3 in New by attachment/New@ou/New", "allowed ec2:* from Old: 3 in New by "}},
		{"a move alone", "", []Group{{Path: "Strict", From: "Old", Accounts: 3}}, 0,
			[]string{"denied rds:* from Old: 3 in Strict by ", "allowed ec2:* sqs:* from Old: 3 in Strict by "}},
		{"alike from several units", "", []Group{{Path: "Strict", From: "", Accounts: 3}, {Path: "Strict", From: "Like the root", Accounts: 4}}, 0,
			[]string{"denied rds:* from ,Like the root: 7 in Strict by "}},
		{"between units that read alike", "", []Group{{Path: "Like the root", From: "", Accounts: 3}}, 0, nil},
		{"between units that read alike, beside another change", `"iam:*"`, []Group{{Path: "Like the root", From: "", Accounts: 3}}, 114,
			[]string{"denied iam:*: 114 in ,Like the root,Old,Strict by policy/P"}},
		{"beside another change", `"iam:*"`, []Group{{Path: "Strict", From: "Old", Accounts: 3}}, 114, []string{
			"denied iam:*: 111 in ,Old,Strict by policy/P",
			"denied iam:* rds:* from Old: 3 in Strict by policy/P", "allowed ec2:* sqs:* from Old: 3 in Strict by "}},
		{"that stays and that comes, counted once each", `"iam:*"`, []Group{{Path: "Old", From: "", Accounts: 4}}, 115, []string{
			"denied iam:*: 111 in ,Old,Strict by policy/P",
			"denied ec2:* iam:* sqs:* from : 4 in Old by policy/P"}},
		{"on accounts themselves", "", []Group{
			{Path: "Old", From: "Old", Accounts: 1, Before: own("X", "P: "+deny(on1(`"iam:Get*"`))), After: own("X", "P: "+deny(on1(`"iam:*"`)))},
			{Path: "Strict", From: "Strict", Accounts: 1, Before: own("X", "P: "+deny(on1(`"iam:Get*"`))), After: own("X", "P: "+deny(on1(`"iam:*"`)))}}, 2,
			[]string{"denied iam:*: 2 in Old,Strict by policy/P"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tree := tree(tt.root)
			tree.Groups = tt.groups
			got, err := Of(tree)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, lines(got)); diff != "" {
				t.Errorf("impact (-want +got):\n%s", diff)
			}
			if got.NewlyDenied != tt.denied {
				t.Errorf("newly denied to %d accounts, want %d", got.NewlyDenied, tt.denied)
			}
		})
	}
}

// TestOfTwoTypes has an SCP and an RCP that deny the same: the accounts count once.
func TestOfTwoTypes(t *testing.T) {
	const F = "Full: " + full
	D := "D: " + deny(on1(`"s3:*"`))
	tree := Tree{Nodes: []Node{{Path: "", Accounts: 7, Before: on("", F, F), After: on("", F, D, F, D)}}, Changed: map[resource.Ref]bool{{Kind: "policy", Name: "D"}: true}}
	tree.Nodes[0].Before[1].Type = "RESOURCE_CONTROL_POLICY"
	tree.Nodes[0].After[2].Type = "RESOURCE_CONTROL_POLICY"
	tree.Nodes[0].After[3].Type = "RESOURCE_CONTROL_POLICY"
	got, err := Of(tree)
	if err != nil || got.NewlyDenied != 7 {
		t.Fatalf("newly denied to %d accounts, %v", got.NewlyDenied, err)
	}
	if diff := cmp.Diff([]string{"denied s3:*: 7 in  by policy/D"}, lines(got)); diff != "" {
		t.Errorf("impact (-want +got):\n%s", diff)
	}
}
