package bootstrap

import (
	"fmt"
	"io"
	"strings"

	"gopkg.in/yaml.v3"
)

// WriteCloudFormation writes a template that makes the role and its policies.
// Who is trusted and the external id are its parameters, with what is known as
// their defaults.
func (n Needs) WriteCloudFormation(w io.Writer) error {
	ref := func(name string) m { return m{{"Ref", name}} }
	policy := func(p Policy) m {
		return m{{"Type", "AWS::IAM::ManagedPolicy"}, {"Properties", m{
			{"ManagedPolicyName", p.Name}, {"Description", p.Description},
			{"Roles", []any{ref("Role")}},
			{"PolicyDocument", m{{"Version", "2012-10-17"}, {"Statement", p.statements()}}},
		}}}
	}
	trusted := m{{"Type", "String"}, {"Description", "ARN of the role or user that runs reconciler, or the id of its account"}}
	if n.Trust != "" {
		trusted = append(trusted, kv{"Default", n.principal()})
	}
	external := m{{"Type", "String"}, {"MinLength", 2}, {"Description", "What stands as externalId under access in the payer file"}}
	if n.ExternalID != "" {
		external = append(external, kv{"Default", n.ExternalID})
	}
	t := m{
		{"AWSTemplateFormatVersion", "2010-09-09"},
		{"Description", "What reconciler needs in the payer " + n.Payer},
		{"Parameters", m{{"TrustedPrincipal", trusted}, {"ExternalId", external}}},
		{"Resources", m{
			{"Role", m{{"Type", "AWS::IAM::Role"}, {"Properties", m{
				{"RoleName", n.Role}, {"Path", n.Path},
				{"Description", "reconciler works in this payer by this role"},
				{"AssumeRolePolicyDocument", m{{"Version", "2012-10-17"}, {"Statement", []any{m{
					{"Effect", "Allow"}, {"Principal", m{{"AWS", ref("TrustedPrincipal")}}}, {"Action", "sts:AssumeRole"},
					{"Condition", m{{"StringEquals", m{{"sts:ExternalId", ref("ExternalId")}}}}},
				}}}}},
			}}}},
			{"PlanPolicy", policy(n.Plan)},
			{"ApplyPolicy", policy(n.Apply)},
		}},
		{"Outputs", m{{"RoleArn", m{
			{"Description", "roleArn of access in the payer file"},
			{"Value", m{{"Fn::GetAtt", []any{"Role", "Arn"}}}},
		}}}},
	}
	var out strings.Builder
	e := yaml.NewEncoder(&out)
	e.SetIndent(2)
	if err := e.Encode(t); err != nil {
		return fmt.Errorf("write template: %w", err)
	}
	return n.write(w, out.String(), "#   aws cloudformation deploy --stack-name reconciler --template-file FILE \\\n#     --capabilities CAPABILITY_NAMED_IAM\n")
}

// WriteCLI writes lines for a shell that make the same with the AWS CLI. The
// trusted principal must be known.
func (n Needs) WriteCLI(w io.Writer) error {
	arn := func(p Policy) string { return "arn:" + n.Partition + ":iam::" + n.AccountID + ":policy/" + p.Name }
	var b strings.Builder
	for _, p := range []Policy{n.Plan, n.Apply} {
		line(&b, "aws iam create-policy", "--policy-name "+p.Name, "--description "+quote(p.Description), "--policy-document "+quote(p.Document()))
	}
	line(&b, "aws iam create-role", "--role-name "+n.Role, "--path "+n.Path,
		"--description 'reconciler works in this payer by this role'", "--assume-role-policy-document "+quote(n.TrustPolicy()))
	for _, p := range []Policy{n.Plan, n.Apply} {
		line(&b, "aws iam attach-role-policy", "--role-name "+n.Role, "--policy-arn "+arn(p))
	}
	return n.write(w, b.String(), "")
}

// line writes a command, an option a line.
func line(b *strings.Builder, parts ...string) {
	b.WriteString(strings.Join(parts, " \\\n  ") + "\n")
}

// quote is a word for a POSIX shell.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// write puts what a person must know before what a machine reads.
func (n Needs) write(w io.Writer, text, how string) error {
	head := "# What reconciler needs in the payer " + n.Payer + " (" + n.AccountID + "). Run it there, as an administrator.\n" + how +
		"# The role may change the whole organization: guard who may assume it.\n" +
		"# For plans alone, as in a pull request, attach " + n.Plan.Name + " and leave " + n.Apply.Name + " out.\n"
	if len(n.MemberRoles) > 0 {
		head += "# " + n.Plan.Name + " enters members as " + strings.Join(n.MemberRoles, ", ") + " to read the member roles there; who\n" +
			"# has it may do in members what that role may.\n"
	}
	if n.ExternalID == "" {
		head += "# The payer file has no access.externalId: choose one and put it there too.\n"
	}
	if _, err := io.WriteString(w, head+text); err != nil {
		return fmt.Errorf("write what is needed: %w", err)
	}
	return nil
}

// m is a mapping whose keys keep their order.
type m []kv

type kv struct {
	key   string
	value any
}

// MarshalYAML writes the keys in their order.
func (x m) MarshalYAML() (any, error) {
	n := &yaml.Node{Kind: yaml.MappingNode}
	for _, e := range x {
		var v yaml.Node
		if err := v.Encode(e.value); err != nil {
			return nil, err
		}
		key := &yaml.Node{}
		key.SetString(e.key)
		n.Content = append(n.Content, key, &v)
	}
	return n, nil
}

// statements are the statements as a template has them.
func (p Policy) statements() []any {
	var all []any
	for _, s := range p.Statements {
		all = append(all, m{{"Sid", s.Sid}, {"Effect", s.Effect}, {"Action", s.Action}, {"Resource", s.Resource}})
	}
	return all
}
