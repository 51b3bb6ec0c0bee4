package billingreport

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cur "github.com/aws/aws-sdk-go-v2/service/costandusagereportservice"
	"github.com/aws/aws-sdk-go-v2/service/costandusagereportservice/types"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/kind"
	"github.com/payer-reconciler/reconciler/kinds/internal/orgs"
	"github.com/payer-reconciler/reconciler/resource"
)

// AWS tests the bucket's policy when a report is made or changed, and may not
// see a policy yet that was written a moment ago; so it is asked again for two
// minutes.
const (
	again     = 10 * time.Second
	tries     = int(2*time.Minute/again) + 1
	tokenForm = "%s %d"
	making    = "put"
	changing  = "modify"
)

// create makes the report with our mark on it. One of the name that is there
// by now is ours if it bears our mark.
func create(ctx context.Context, s *cloud.Session, want resource.Object) (map[string]string, error) {
	return put(ctx, s, want, 1)
}

func resume(ctx context.Context, s *cloud.Session, want resource.Object, token string) (map[string]string, error) {
	what, try := "", 1
	if _, err := fmt.Sscanf(token, tokenForm, &what, &try); err != nil {
		return nil, fmt.Errorf("read token %q: %w", token, err)
	}
	if what == making {
		return put(ctx, s, want, try)
	}
	have, err := named(ctx, s, want)
	if err != nil {
		return nil, err
	}
	return nil, modify(ctx, s, have, want, try)
}

func put(ctx context.Context, s *cloud.Session, want resource.Object, try int) (map[string]string, error) {
	name := want.Inputs[inputName].Value()
	d := definition(want)
	_, err := client(s).PutReportDefinition(cloud.WithoutRepeat(ctx),
		&cur.PutReportDefinitionInput{ReportDefinition: &d, Tags: tags(orgs.Wanted(want), orgs.Mark(s.Payer(), want.Ref))})
	switch {
	case err == nil:
		return outputs(s, name), nil
	case cloud.Code(err) == "DuplicateReportNameException" || cloud.Lost(err):
		return find(ctx, s, want, try, err)
	}
	return nil, explain(err, making, try)
}

// named reads the report of the wanted name, which a list that lags may not
// show at once.
func named(ctx context.Context, s *cloud.Session, want resource.Object) (have resource.Object, err error) {
	err = orgs.Settle(ctx, s, []string{notFound}, func() error {
		all, err := list(ctx, s)
		if err != nil {
			return err
		}
		for _, d := range all {
			if aws.ToString(d.ReportName) == want.Inputs[inputName].Value() {
				have = object(s, d)
				return nil
			}
		}
		return &types.ResourceNotFoundException{Message: aws.String("the list does not show it, apply again")}
	})
	return have, err
}

// find looks for a report that should be there and makes it equal to want;
// cause is why it should.
func find(ctx context.Context, s *cloud.Session, want resource.Object, try int, cause error) (map[string]string, error) {
	have, err := named(ctx, s, want)
	if err != nil {
		return nil, fmt.Errorf("%w; then it could not be looked for: %w", cause, err)
	}
	owner, err := tagsOf(ctx, s, have.ID())
	switch {
	case err != nil:
		return nil, err
	case owner[orgs.KeyPayer] == "":
		return nil, errors.New("the report exists and is not ours; plan again")
	case owner[orgs.KeyPayer] != s.Payer():
		return nil, fmt.Errorf("the report exists and bears the mark of payer %q", owner[orgs.KeyPayer])
	}
	if err := retag(ctx, s, orgs.Confirm(have, owner), want, false); err != nil {
		return nil, err
	}
	if err := modify(ctx, s, have, want, try); err != nil {
		return nil, err
	}
	return have.Outputs, nil
}

// definition is the report as it is sent.
func definition(want resource.Object) types.ReportDefinition {
	a := want.Attrs
	return types.ReportDefinition{
		ReportName: aws.String(want.Inputs[inputName].Value()), TimeUnit: types.TimeUnit(a["timeUnit"].Value()),
		Format: types.ReportFormat(a["format"].Value()), Compression: types.CompressionFormat(a["compression"].Value()),
		S3Bucket: aws.String(a["bucket"].Value()), S3Prefix: aws.String(a["prefix"].Value()), S3Region: types.AWSRegion(a["region"].Value()),
		AdditionalSchemaElements: items[types.SchemaElement](a["elements"]),
		AdditionalArtifacts:      items[types.AdditionalArtifact](a["artifacts"]),
		ReportVersioning:         types.ReportVersioning(a["versioning"].Value()),
		RefreshClosedReports:     aws.Bool(a["refreshClosedReports"].Value() == "true"),
	}
}

// update sets the tags, and the mark where adoption asks for it, and sends the
// definition where it differs.
func update(ctx context.Context, s *cloud.Session, have, want resource.Object) (map[string]string, error) {
	own := want.Facts[resource.FactAdopt] == "own" && have.Owner == ""
	if err := retag(ctx, s, have, want, own); err != nil {
		return nil, err
	}
	return nil, modify(ctx, s, have, want, 1)
}

// retag makes the tags of a report what want says; with own it sets the mark.
func retag(ctx context.Context, s *cloud.Session, have, want resource.Object, own bool) error {
	set, drop := orgs.TagChanges(have, want)
	if own {
		maps.Copy(set, orgs.Mark(s.Payer(), want.Ref))
	}
	if len(set) > 0 {
		if _, err := client(s).TagResource(ctx, &cur.TagResourceInput{ReportName: aws.String(have.ID()), Tags: tags(set)}); err != nil {
			return fmt.Errorf("tag billing report %s: %w", have.ID(), err)
		}
	}
	if len(drop) > 0 {
		if _, err := client(s).UntagResource(ctx, &cur.UntagResourceInput{ReportName: aws.String(have.ID()), TagKeys: drop}); err != nil {
			return fmt.Errorf("untag billing report %s: %w", have.ID(), err)
		}
	}
	return nil
}

// modify sends the definition where it differs. What AWS takes at the creation
// only stays as it is.
func modify(ctx context.Context, s *cloud.Session, have, want resource.Object, try int) error {
	sent, differs := want, false
	sent.Attrs = maps.Clone(want.Attrs)
	for k, v := range want.Attrs {
		switch {
		case fixed[k] != "":
			sent.Attrs[k] = have.Attrs[k]
			continue
		case strings.HasPrefix(k, "tags."):
			continue // retag's
		}
		differs = differs || !v.Equal(have.Attrs[k])
	}
	if !differs {
		return nil
	}
	d := definition(sent)
	_, err := client(s).ModifyReportDefinition(ctx, &cur.ModifyReportDefinitionInput{ReportName: d.ReportName, ReportDefinition: &d})
	return explain(err, changing, try)
}

// explain says what to do about AWS's refusal of a report.
func explain(err error, what string, try int) error {
	switch cloud.Code(err) {
	case "ValidationException":
		if !strings.Contains(strings.ToLower(err.Error()), "bucket") {
			return err
		}
		if try < tries {
			return &kind.Pending{Token: fmt.Sprintf(tokenForm, what, try+1), Again: again}
		}
		return fmt.Errorf("%w; the bucket's policy must let billingreports.amazonaws.com read its ACL and policy and put objects", err)
	case "ReportLimitReachedException":
		return &kind.Waiting{Reason: "AWS takes no more billing reports in this account until one is deleted", All: true}
	}
	return err
}

// remove deletes the report. That there is none by now is what was wanted; AWS
// calls it a request that is not valid.
func remove(ctx context.Context, s *cloud.Session, have resource.Object) error {
	_, err := client(s).DeleteReportDefinition(ctx, &cur.DeleteReportDefinitionInput{ReportName: aws.String(have.ID())})
	switch cloud.Code(err) {
	case notFound:
		return nil
	case "ValidationException":
		all, look := list(ctx, s)
		if look == nil && !slices.ContainsFunc(all, func(d types.ReportDefinition) bool { return aws.ToString(d.ReportName) == have.ID() }) {
			return nil
		}
	}
	return err
}

// tags gives tags in AWS's form, sorted by key.
func tags(sets ...map[string]string) []types.Tag {
	all := map[string]string{}
	for _, s := range sets {
		maps.Copy(all, s)
	}
	out := make([]types.Tag, 0, len(all))
	for _, k := range slices.Sorted(maps.Keys(all)) {
		out = append(out, types.Tag{Key: aws.String(k), Value: aws.String(all[k])})
	}
	return out
}
