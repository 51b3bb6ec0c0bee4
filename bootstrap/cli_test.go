package bootstrap_test

import (
	"bytes"
	"context"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/bootstrap"
	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/iampolicy"
	"github.com/payer-reconciler/reconciler/internal/tools"
	"github.com/payer-reconciler/reconciler/spec"
)

// TestAWSCLIBootstrap runs the lines for the AWS CLI in a shell, and enters the
// payer by what they make.
func TestAWSCLIBootstrap(t *testing.T) {
	cli, err := tools.Program("aws")
	cli = tools.Use(t, cli, err)
	p := &spec.Payer{Name: "acme", AccountID: "111122223333", HomeRegion: "us-east-1",
		Access: &spec.Access{RoleARN: "arn:aws:iam::111122223333:role/tools/keeper", ExternalID: "acme-7f3c"}}
	var lines bytes.Buffer
	if err := bootstrap.For(p, bootstrap.Options{Trust: runner}).WriteCLI(&lines); err != nil {
		t.Fatal(err)
	}
	sim := awssim.New(awssim.Options{Enforce: true})
	server := httptest.NewServer(sim)
	defer server.Close()
	id, secret := sim.Key(p.AccountID)
	sh := exec.CommandContext(t.Context(), "sh", "-eu", "-c", lines.String())
	sh.Env = append(os.Environ(), "PATH="+filepath.Dir(cli)+string(os.PathListSeparator)+os.Getenv("PATH"),
		"AWS_ENDPOINT_URL="+server.URL, "AWS_ACCESS_KEY_ID="+id, "AWS_SECRET_ACCESS_KEY="+secret, "AWS_DEFAULT_REGION=us-east-1", "AWS_PAGER=")
	if out, err := sh.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s\n%s", err, lines.String(), out)
	}
	s, err := enter(t.Context(), sim, p)
	if err != nil {
		t.Fatal(err)
	}
	if want := "arn:aws:sts::111122223333:assumed-role/keeper/"; !strings.HasPrefix(s.Caller(), want) {
		t.Errorf("entered as %s", s.Caller())
	}
}

// TestMotoBootstrap lets an independent CloudFormation make the template, and
// reads what it made.
func TestMotoBootstrap(t *testing.T) {
	m, err := tools.StartMoto(t.Context())
	m = tools.Use(t, m, err)
	defer m.Stop()
	p := &spec.Payer{Name: "acme", AccountID: "123456789012", HomeRegion: "us-east-1",
		Access: &spec.Access{RoleARN: "arn:aws:iam::123456789012:role/tools/keeper", ExternalID: "acme-7f3c"}}
	needs := bootstrap.For(p, bootstrap.Options{Trust: runner})
	var template bytes.Buffer
	if err := needs.WriteCloudFormation(&template); err != nil {
		t.Fatal(err)
	}
	cfg := aws.Config{Region: "us-east-1", BaseEndpoint: aws.String(m.URL), Credentials: credentials.NewStaticCredentialsProvider("test", "test", "")}
	body, name := template.String(), "reconciler"
	if _, err := cloudformation.NewFromConfig(cfg).CreateStack(t.Context(), &cloudformation.CreateStackInput{
		StackName: &name, TemplateBody: &body, Capabilities: []types.Capability{types.CapabilityCapabilityNamedIam}}); err != nil {
		t.Fatal(err)
	}
	client := iam.NewFromConfig(cfg)
	role, err := client.GetRole(t.Context(), &iam.GetRoleInput{RoleName: &needs.Role})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := aws.ToString(role.Role.Arn), p.Access.RoleARN; got != want {
		t.Errorf("the role is %s, want %s", got, want)
	}
	same(t, aws.ToString(role.Role.AssumeRolePolicyDocument), needs.TrustPolicy())
	attached, err := client.ListAttachedRolePolicies(t.Context(), &iam.ListAttachedRolePoliciesInput{RoleName: &needs.Role})
	if err != nil || len(attached.AttachedPolicies) != 2 {
		t.Fatalf("attached %+v, %v", attached, err)
	}
	for _, want := range []bootstrap.Policy{needs.Plan, needs.Apply} {
		arn, version := "arn:aws:iam::123456789012:policy/"+want.Name, "v1"
		got, err := client.GetPolicyVersion(t.Context(), &iam.GetPolicyVersionInput{PolicyArn: &arn, VersionId: &version})
		if err != nil {
			t.Fatal(err)
		}
		same(t, aws.ToString(got.PolicyVersion.Document), want.Document())
	}
}

// same compares what two documents mean.
func same(t *testing.T, got, want string) {
	t.Helper()
	a, err := iampolicy.Canonical([]byte(got))
	if err != nil {
		t.Fatal(err)
	}
	b, err := iampolicy.Canonical([]byte(want))
	if err != nil {
		t.Fatal(err)
	}
	if a != b {
		t.Errorf("the document is %s, want %s", a, b)
	}
}

// enter opens the payer from the account of the runner.
func enter(ctx context.Context, sim *awssim.Server, p *spec.Payer) (*cloud.Session, error) {
	id, secret := sim.Key(runner)
	return cloud.Open(ctx, cloud.Options{
		Payer: p.Name, AccountID: p.AccountID, Region: p.HomeRegion, RoleARN: p.Access.RoleARN, ExternalID: p.Access.ExternalID,
		Credentials: credentials.NewStaticCredentialsProvider(id, secret, ""), HTTPClient: client{sim.Transport()},
	})
}
