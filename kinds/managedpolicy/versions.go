package managedpolicy

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/iampolicy"
	"github.com/payer-reconciler/reconciler/kinds/internal/iams"
	"github.com/payer-reconciler/reconciler/kinds/internal/orgs"
)

// A policy has a few versions, of which one is in force: the default. They bear
// no mark, so whoever made one, it counts for nothing while it is not in force.

// enforce makes a document the default version: the version that says the same
// where there is one (somebody went back to another), else a new one. Where
// there is no room for it, the oldest that is not in force goes.
func enforce(ctx context.Context, client *iam.Client, arn, sent, canonical string) error {
	made, err := enforceOnce(ctx, client, arn, sent, canonical)
	if made && cloud.Lost(err) { // what became of it, the versions tell
		_, err = enforceOnce(ctx, client, arn, sent, canonical)
	}
	return err
}

// enforceOnce says beside whether it asked for a new version.
func enforceOnce(ctx context.Context, client *iam.Client, arn, sent, canonical string) (made bool, err error) {
	versions, err := listVersions(ctx, client, arn)
	if err != nil {
		return false, err
	}
	for _, v := range versions {
		out, err := client.GetPolicyVersion(ctx, &iam.GetPolicyVersionInput{PolicyArn: &arn, VersionId: v.VersionId})
		if err != nil {
			return false, fmt.Errorf("read version %s: %w", aws.ToString(v.VersionId), err)
		}
		if iams.Canonical(aws.ToString(out.PolicyVersion.Document)) != canonical {
			continue
		}
		if !v.IsDefaultVersion {
			_, err = client.SetDefaultPolicyVersion(ctx, &iam.SetDefaultPolicyVersionInput{PolicyArn: &arn, VersionId: v.VersionId})
		}
		return false, err
	}
	if len(versions) >= iampolicy.IAMLimits().Versions {
		oldest := slices.IndexFunc(versions, func(v types.PolicyVersion) bool { return !v.IsDefaultVersion })
		if err := dropVersion(ctx, client, arn, versions[oldest]); err != nil {
			return false, err
		}
	}
	_, err = client.CreatePolicyVersion(cloud.WithoutRepeat(ctx),
		&iam.CreatePolicyVersionInput{PolicyArn: &arn, PolicyDocument: &sent, SetAsDefault: true})
	return true, err
}

// listVersions lists the versions without their documents, the oldest first.
func listVersions(ctx context.Context, client *iam.Client, arn string) ([]types.PolicyVersion, error) {
	var all []types.PolicyVersion
	err := orgs.Pages(ctx, func(ctx context.Context, marker *string) (*string, error) {
		out, err := client.ListPolicyVersions(ctx, &iam.ListPolicyVersionsInput{PolicyArn: &arn, Marker: marker})
		if err != nil {
			return nil, err
		}
		all = append(all, out.Versions...)
		return out.Marker, nil
	})
	if err != nil {
		return nil, fmt.Errorf("list versions of %s: %w", arn, err)
	}
	slices.SortFunc(all, func(a, b types.PolicyVersion) int { return cmp.Compare(number(a), number(b)) })
	return all, nil
}

// number is the 12 of the version v12: AWS counts up and uses none twice.
func number(v types.PolicyVersion) int {
	n, _ := strconv.Atoi(strings.TrimPrefix(aws.ToString(v.VersionId), "v")) // another form sorts as the oldest
	return n
}

func dropVersion(ctx context.Context, client *iam.Client, arn string, v types.PolicyVersion) error {
	_, err := client.DeletePolicyVersion(ctx, &iam.DeletePolicyVersionInput{PolicyArn: &arn, VersionId: v.VersionId})
	if err != nil && !iams.Gone(err) {
		return fmt.Errorf("delete version %s of %s: %w", aws.ToString(v.VersionId), arn, err)
	}
	return nil
}
