package role

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/kind"
	"github.com/payer-reconciler/reconciler/kinds/internal/iams"
	"github.com/payer-reconciler/reconciler/kinds/internal/orgs"
	"github.com/payer-reconciler/reconciler/kinds/internal/self"
	"github.com/payer-reconciler/reconciler/resource"
)

// Create makes the role with our mark on it, and puts its policies in. A role
// of the name that is there by now is ours if it bears our mark (a killed run
// or a lost answer made it, and the sweep lagged), and is somebody else's if it
// does not.
func Create(ctx context.Context, s *cloud.Session, want resource.Object) (map[string]string, error) {
	outputs, err := create(ctx, s, want)
	return outputs, again("create", 1, err)
}

func create(ctx context.Context, s *cloud.Session, want resource.Object) (map[string]string, error) {
	name := want.Inputs["name"].Value()
	in := &iam.CreateRoleInput{
		RoleName: aws.String(name), Path: aws.String(want.Inputs[iams.Path].Value()),
		AssumeRolePolicyDocument: aws.String(want.Inputs[trust].Value()),
		Tags:                     iams.TagList(orgs.Wanted(want), self.Mark(s.Payer(), want, want.Attrs[trust].Value())),
	}
	if v, ok := want.Attrs[description]; ok {
		in.Description = aws.String(v.Value())
	}
	if v, ok := want.Attrs[maxSession]; ok {
		in.MaxSessionDuration = seconds(v)
	}
	if v, ok := want.Attrs[iams.Boundary]; ok && !v.IsNone() {
		in.PermissionsBoundary = aws.String(v.Value())
	}
	var out *iam.CreateRoleOutput
	err := iams.Settle(ctx, s, func() (err error) {
		out, err = iams.Client(s).CreateRole(cloud.WithoutRepeat(ctx), in)
		return err
	})
	switch {
	case iams.Exists(err) || cloud.Lost(err):
		return take(ctx, s, name, want, err)
	case err != nil:
		return nil, err
	}
	have := resource.Object{Ref: want.Ref, Outputs: map[string]string{
		"id": aws.ToString(out.Role.RoleId), "arn": aws.ToString(out.Role.Arn), "name": name}}
	if b, ok := want.Attrs[iams.Boundary]; ok && !b.IsNone() {
		have.Attrs = resource.Attrs{iams.Boundary: b} // it came with the role
	}
	return have.Outputs, iams.Roles(iams.Client(s)).Apply(ctx, s, name, have, want)
}

// take looks for a role that AWS may not show yet, and makes it equal to want
// if it bears our mark; cause is why it should be there.
func take(ctx context.Context, s *cloud.Session, name string, want resource.Object, cause error) (map[string]string, error) {
	var have resource.Object
	err := iams.Settle(ctx, s, func() (err error) {
		have, err = find(ctx, s, name)
		return err
	})
	if iams.Gone(err) {
		return nil, fmt.Errorf("%w; AWS does not show it yet, apply again", cause)
	}
	if err != nil {
		return nil, err
	}
	have.Ref = want.Ref
	if err := iams.Mine(s, have.Outputs["arn"], orgs.Wanted(have)); err != nil {
		return nil, err
	}
	return have.Outputs, update(ctx, s, have, want)
}

// Update sends what differs, and the mark where adoption asks for it.
func Update(ctx context.Context, s *cloud.Session, have, want resource.Object) (map[string]string, error) {
	return nil, again("update", 1, update(ctx, s, have, want))
}

func update(ctx context.Context, s *cloud.Session, have, want resource.Object) error {
	name, client := have.Outputs["name"], iams.Client(s)
	calls := iams.Roles(client)
	if err := calls.Hand(ctx, s, name, have, want, want.Attrs[trust].Value()); err != nil {
		return err
	}
	if v, ok := want.Attrs[trust]; ok && !v.Equal(have.Attrs[trust]) {
		_, err := client.UpdateAssumeRolePolicy(ctx, &iam.UpdateAssumeRolePolicyInput{
			RoleName: &name, PolicyDocument: aws.String(want.Inputs[trust].Value())})
		if err != nil {
			return fmt.Errorf("update the trust of role %s: %w", name, err)
		}
	}
	if err := describe(ctx, client, name, have, want); err != nil {
		return err
	}
	if err := calls.Apply(ctx, s, name, have, want); err != nil {
		return err
	}
	return calls.ApplyTags(ctx, s, name, have, want, iams.Owns(s.Payer(), have, want))
}

// describe sends description and session duration together, for the call sets
// both: what the file does not say is sent as it is.
func describe(ctx context.Context, client *iam.Client, name string, have, want resource.Object) error {
	in, differs := &iam.UpdateRoleInput{RoleName: &name}, false
	after := func(key string) (resource.Text, bool) {
		v, wanted := want.Attrs[key]
		old, known := have.Attrs[key]
		differs = differs || wanted && !v.Equal(old)
		if wanted {
			return v, true
		}
		return old, known
	}
	if v, ok := after(description); ok {
		in.Description = aws.String(v.Value())
	}
	if v, ok := after(maxSession); ok {
		in.MaxSessionDuration = seconds(v)
	}
	if !differs {
		return nil
	}
	if _, err := client.UpdateRole(ctx, in); err != nil {
		return fmt.Errorf("update role %s: %w", name, err)
	}
	return nil
}

func seconds(v resource.Text) *int32 {
	n, _ := strconv.ParseInt(v.Value(), 10, 32) // made of a number
	return aws.Int32(int32(n))
}

func remove(ctx context.Context, s *cloud.Session, name string) error {
	_, err := iams.Client(s).DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: &name})
	if err != nil && !iams.Gone(err) {
		return err
	}
	return nil
}

// A trust that names a role or user made a moment ago is refused until IAM
// knows it everywhere, which may take two minutes; tries that wait 1, 2, 3 …
// seconds for one another take as long.
const tries = 15

// again makes a refusal that time may mend a Pending, whose token says what was
// tried, and how often.
func again(op string, try int, err error) error {
	var malformed *types.MalformedPolicyDocumentException
	if !errors.As(err, &malformed) || !strings.HasPrefix(malformed.ErrorMessage(), "Invalid principal") || try >= tries {
		return err
	}
	return &kind.Pending{Token: fmt.Sprintf("%s %d", op, try+1), Again: time.Duration(try) * time.Second}
}

// Resume tries once more what a principal that IAM did not know yet has held up.
func Resume(ctx context.Context, s *cloud.Session, want resource.Object, token string) (map[string]string, error) {
	op, n, _ := strings.Cut(token, " ")
	try, err := strconv.Atoi(n)
	if err != nil {
		return nil, fmt.Errorf("resume role %s: no such token: %q", want.Ref.Name, token)
	}
	if op == "create" {
		outputs, err := create(ctx, s, want)
		return outputs, again(op, try, err)
	}
	have, err := find(ctx, s, want.Inputs["name"].Value())
	if err != nil {
		return nil, err
	}
	return nil, again(op, try, update(ctx, s, have, want))
}
