package snapshot

import (
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	orgtypes "github.com/aws/aws-sdk-go-v2/service/organizations/types"
	tagtypes "github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi/types"
)

// bulk are the tags of accounts as the bulk read told them, made once of a tape
// that nothing is put on any more.
type bulk struct {
	once   sync.Once
	err    error
	whole  bool // there was such a read
	listed map[string]bool
	tags   map[string][]orgtypes.Tag // by the account's id
}

// accountTags are the tags of a listed account: one that the bulk read does not
// tell of has none. ok is false where the account, or the read, is not there.
func (t *tape) accountTags(id string) (tags []orgtypes.Tag, ok bool, err error) {
	b := &t.bulk
	b.once.Do(func() { b.err = t.readBulk() })
	return b.tags[id], b.whole && b.listed[id], b.err
}

func (t *tape) readBulk() error {
	b := &t.bulk
	b.listed, b.tags = map[string]bool{}, map[string][]orgtypes.Tag{}
	err := each(t, inOrganizations, "ListAccounts", func(_ Answer, page *organizations.ListAccountsOutput) error {
		for _, a := range page.Accounts {
			b.listed[aws.ToString(a.Id)] = true
		}
		return nil
	})
	if err != nil {
		return err
	}
	return t.resources(accountTags, func(r tagtypes.ResourceTagMapping) {
		arn := aws.ToString(r.ResourceARN)
		tags := make([]orgtypes.Tag, 0, len(r.Tags))
		for _, g := range r.Tags {
			tags = append(tags, orgtypes.Tag{Key: g.Key, Value: g.Value})
		}
		b.tags[arn[strings.LastIndexByte(arn, '/')+1:]] = tags
	}, &b.whole)
}

// accountTags is what the tagging API calls an account.
const accountTags = "organizations:account"

// sweep are the tags of roles and users as the sweeps over IAM told them, made
// once of a tape that nothing is put on any more.
type sweep struct {
	once sync.Once
	err  error
	tags map[swept][]iamtypes.Tag
}

// swept is a role or a user of an account; that of the payer is empty.
type swept struct{ account, kind, name string }

// sweptTags are the tags of a role or a user. ok is false where no sweep told of it.
func (t *tape) sweptTags(who swept) (tags []iamtypes.Tag, ok bool, err error) {
	s := &t.sweep
	s.once.Do(func() {
		s.tags = map[swept][]iamtypes.Tag{}
		s.err = each(t, inIAM, "GetAccountAuthorizationDetails", func(a Answer, page *iam.GetAccountAuthorizationDetailsOutput) error {
			for _, r := range page.RoleDetailList {
				s.tags[swept{a.Account, "role", aws.ToString(r.RoleName)}] = r.Tags
			}
			for _, u := range page.UserDetailList {
				s.tags[swept{a.Account, "user", aws.ToString(u.UserName)}] = u.Tags
			}
			return nil
		})
	})
	tags, ok = s.tags[who]
	return tags, ok, s.err
}
