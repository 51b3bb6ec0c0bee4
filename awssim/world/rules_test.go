package world

import (
	"strings"
	"testing"
	"time"
)

// TestRefusals holds what AWS refuses, each under AWS's own code and Reason.
func TestRefusals(t *testing.T) {
	const ghostUnit, ghostPolicy, ghostAccount = "ou-abcd-12345678", "p-12345678", "999988887777"
	newPolicy := func(s *scene, typ, name, content string) error {
		return only(s.CreatePolicy(payer, NewPolicy{Name: name, Type: typ, Content: content}))
	}
	var tests = []struct {
		name string
		do   func(*scene) error
		want string
	}{
		{"a second organization", func(s *scene) error { return only(s.CreateOrganization(payer, "ALL")) }, "AlreadyInOrganizationException"},
		{"an organization of a member", func(s *scene) error { return only(s.CreateOrganization(s.member, "ALL")) }, "AlreadyInOrganizationException"},
		{"before the organization exists", func(s *scene) error { return pageErr(s.ListAccounts(other, whole)) }, "AWSOrganizationsNotInUseException"},
		{"describe before it exists", func(s *scene) error { return only(s.DescribeOrganization(other)) }, "AWSOrganizationsNotInUseException"},
		{"a member writes", func(s *scene) error { return only(s.CreateOrganizationalUnit(s.member, s.root, "X", nil)) }, "AccessDeniedException"},
		{"a member lists", func(s *scene) error { return pageErr(s.ListAccounts(s.member, whole)) }, "AccessDeniedException"},
		{"a member describes the organization", func(s *scene) error { return only(s.DescribeOrganization(s.member)) }, "<nil>"},
		{"a delegated administrator lists", func(s *scene) error { return pageErr(s.ListAccounts(s.admin, whole)) }, "<nil>"},
		{"a delegated administrator writes", func(s *scene) error { return s.DeletePolicy(s.admin, s.scp) }, "AccessDeniedException"},
		{"delete an organization with members", func(s *scene) error { return s.DeleteOrganization(payer) }, "OrganizationNotEmptyException"},

		{"two units of one name", func(s *scene) error { return only(s.CreateOrganizationalUnit(payer, s.root, "Labs", nil)) }, "DuplicateOrganizationalUnitException"},
		{"one name under two parents", func(s *scene) error { return only(s.CreateOrganizationalUnit(payer, s.labs, "Labs", nil)) }, "<nil>"},
		{"a unit at depth 6", func(s *scene) error { return only(s.CreateOrganizationalUnit(payer, s.deep, "Six", nil)) }, "ConstraintViolationException OU_DEPTH_LIMIT_EXCEEDED"},
		{"a unit without its parent", func(s *scene) error { return only(s.CreateOrganizationalUnit(payer, ghostUnit, "X", nil)) }, "ParentNotFoundException"},
		{"rename to a sibling's name", func(s *scene) error { n := "Labs"; return only(s.UpdateOrganizationalUnit(payer, s.old, &n)) }, "DuplicateOrganizationalUnitException"},
		{"rename to its own name", func(s *scene) error { n := "Labs"; return only(s.UpdateOrganizationalUnit(payer, s.labs, &n)) }, "<nil>"},
		{"delete a unit that is not empty", func(s *scene) error { return s.DeleteOrganizationalUnit(payer, s.labs) }, "OrganizationalUnitNotEmptyException"},
		{"delete a unit that is not there", func(s *scene) error { return s.DeleteOrganizationalUnit(payer, ghostUnit) }, "OrganizationalUnitNotFoundException"},
		{"the root is no unit", func(s *scene) error { return s.DeleteOrganizationalUnit(payer, s.root) }, "OrganizationalUnitNotFoundException"},
		{"list under what is not there", func(s *scene) error { return pageErr(s.ListAccountsForParent(payer, ghostUnit, whole)) }, "ParentNotFoundException"},
		{"parents of what is not there", func(s *scene) error { return only(s.ListParents(payer, ghostUnit)) }, "ChildNotFoundException"},

		{"move from a wrong parent", func(s *scene) error { return s.MoveAccount(payer, s.member, s.labs, s.old) }, "SourceParentNotFoundException"},
		{"move from no parent", func(s *scene) error { return s.MoveAccount(payer, s.member, ghostUnit, s.old) }, "SourceParentNotFoundException"},
		{"move to no parent", func(s *scene) error { return s.MoveAccount(payer, s.member, s.root, ghostUnit) }, "DestinationParentNotFoundException"},
		{"move to the same place", func(s *scene) error { return s.MoveAccount(payer, s.member, s.root, s.root) }, "DuplicateAccountException"},
		{"move again after a lost answer", func(s *scene) error {
			s.ok(s.MoveAccount(payer, s.member, s.root, s.labs))
			return s.MoveAccount(payer, s.member, s.root, s.labs)
		}, "DuplicateAccountException"},
		{"move nobody", func(s *scene) error { return s.MoveAccount(payer, ghostAccount, s.root, s.labs) }, "AccountNotFoundException"},
		{"an account of another payer", func(s *scene) error {
			s.ok(only(s.CreateOrganization(other, "ALL")))
			return only(s.DescribeAccount(payer, s.create(other, "theirs")))
		}, "AccountNotFoundException"},
		{"close the management account", func(s *scene) error { return s.CloseAccount(payer, payer) }, "ConstraintViolationException CANNOT_CLOSE_MANAGEMENT_ACCOUNT"},
		{"close twice", func(s *scene) error { return s.CloseAccount(payer, s.closed) }, "AccountAlreadyClosedException"},
		{"close four at once", func(s *scene) error {
			s.ok(s.CloseAccount(payer, s.member))
			s.ok(s.CloseAccount(payer, s.create(payer, "third")))
			return s.CloseAccount(payer, s.create(payer, "fourth"))
		}, "ConstraintViolationException CLOSE_ACCOUNT_REQUESTS_LIMIT_EXCEEDED"},
		{"remove a young account", func(s *scene) error { return s.RemoveAccountFromOrganization(payer, s.member) }, "ConstraintViolationException WAIT_PERIOD_ACTIVE"},
		{"remove an older account", func(s *scene) error {
			s.SetNow(s.Now().Add(leaveAge))
			return s.RemoveAccountFromOrganization(payer, s.member)
		}, "<nil>"},
		{"remove the management account", func(s *scene) error { return s.RemoveAccountFromOrganization(payer, payer) }, "MasterCannotLeaveOrganizationException"},
		{"remove a delegated administrator", func(s *scene) error { return s.RemoveAccountFromOrganization(payer, s.admin) }, "ConstraintViolationException CANNOT_REMOVE_DELEGATED_ADMINISTRATOR_FROM_ORG"},
		{"a reserved role name", func(s *scene) error {
			return only(s.CreateAccount(payer, NewAccount{Name: "a", Email: "a@example.com", Role: "AWSServiceRoleForMe"}))
		}, "InvalidInputException INVALID_ROLE_NAME"},
		{"six creations at once", func(s *scene) error {
			for _, n := range []string{"1", "2", "3", "4", "5"} {
				s.ok(only(s.CreateAccount(payer, NewAccount{Name: n, Email: n + "@example.com"})))
			}
			return only(s.CreateAccount(payer, NewAccount{Name: "6", Email: "6@example.com"}))
		}, "TooManyRequestsException"},
		{"the account quota, creations in progress counted", func(s *scene) error {
			s.cfg.Quota = 6
			s.ok(only(s.CreateAccount(payer, NewAccount{Name: "5", Email: "5@example.com"})))
			s.ok(only(s.CreateAccount(payer, NewAccount{Name: "6", Email: "6@example.com"})))
			return only(s.CreateAccount(payer, NewAccount{Name: "7", Email: "7@example.com"}))
		}, "ConstraintViolationException ACCOUNT_NUMBER_LIMIT_EXCEEDED"},
		{"an unknown creation", func(s *scene) error { return only(s.DescribeCreateAccountStatus(payer, "car-00000000")) }, "CreateAccountStatusNotFoundException"},

		{"not JSON", func(s *scene) error { return newPolicy(s, SCP, "X", "not json") }, "MalformedPolicyDocumentException"},
		{"JSON and more", func(s *scene) error { return newPolicy(s, SCP, "X", allow+"{}") }, "MalformedPolicyDocumentException"},
		{"no statement", func(s *scene) error { return newPolicy(s, SCP, "X", `{"Version":"2012-10-17"}`) }, "MalformedPolicyDocumentException"},
		{"a principal in an SCP", func(s *scene) error {
			return newPolicy(s, SCP, "X", `{"Statement":{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}}`)
		}, "MalformedPolicyDocumentException"},
		{"an RCP that allows", func(s *scene) error {
			return newPolicy(s, RCP, "X", `{"Statement":{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*"}}`)
		}, "MalformedPolicyDocumentException"},
		{"a tag policy is any object", func(s *scene) error { return newPolicy(s, "TAG_POLICY", "X", `{"tags":{}}`) }, "<nil>"},
		{"the name comes before the document", func(s *scene) error { return newPolicy(s, SCP, "Used", "not json") }, "DuplicatePolicyException"},
		{"one name, two types", func(s *scene) error { return newPolicy(s, "TAG_POLICY", "Used", `{}`) }, "<nil>"},
		{"AWS's name", func(s *scene) error { return newPolicy(s, SCP, "FullAWSAccess", allow) }, "DuplicatePolicyException"},
		{"10,240 characters", func(s *scene) error { return newPolicy(s, SCP, "X", allow+strings.Repeat(" ", 10240-len(allow))) }, "<nil>"},
		{"10,241 characters, white space counted", func(s *scene) error {
			return newPolicy(s, SCP, "X", allow+strings.Repeat(" ", 10241-len(allow)))
		}, "ConstraintViolationException POLICY_CONTENT_LIMIT_EXCEEDED"},
		{"change AWS's policy", func(s *scene) error { return only(s.UpdatePolicy(payer, "p-FullAWSAccess", nil, nil, nil)) }, "InvalidInputException IMMUTABLE_POLICY"},
		{"delete AWS's policy", func(s *scene) error { return s.DeletePolicy(payer, "p-FullAWSAccess") }, "InvalidInputException IMMUTABLE_POLICY"},
		{"rename to a taken name", func(s *scene) error { n := "Used"; return only(s.UpdatePolicy(payer, s.scp, &n, nil, nil)) }, "DuplicatePolicyException"},
		{"delete a policy in use", func(s *scene) error { return s.DeletePolicy(payer, s.used) }, "PolicyInUseException"},
		{"a policy that is not there", func(s *scene) error { return only(s.DescribePolicy(payer, ghostPolicy)) }, "PolicyNotFoundException"},

		{"attach twice", func(s *scene) error { return s.AttachPolicy(payer, s.used, s.labs) }, "DuplicatePolicyAttachmentException"},
		{"attach to nothing", func(s *scene) error { return s.AttachPolicy(payer, s.used, ghostUnit) }, "TargetNotFoundException"},
		{"attach nothing", func(s *scene) error { return s.AttachPolicy(payer, ghostPolicy, s.labs) }, "PolicyNotFoundException"},
		{"an eleventh SCP", func(s *scene) error {
			for i := range 9 {
				s.ok(s.AttachPolicy(payer, s.policy(strings.Repeat("x", i+1)), s.old))
			}
			return s.AttachPolicy(payer, s.used, s.old)
		}, "ConstraintViolationException MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED"},
		{"detach what is not attached", func(s *scene) error { return s.DetachPolicy(payer, s.scp, s.labs) }, "PolicyNotAttachedException"},
		{"detach the last SCP", func(s *scene) error { return s.DetachPolicy(payer, "p-FullAWSAccess", s.old) }, "ConstraintViolationException MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED"},
		{"detach FullAWSAccess beside another", func(s *scene) error { return s.DetachPolicy(payer, "p-FullAWSAccess", s.labs) }, "<nil>"},
		{"attach FullAWSAccess again", func(s *scene) error {
			s.ok(s.DetachPolicy(payer, "p-FullAWSAccess", s.labs))
			return s.AttachPolicy(payer, "p-FullAWSAccess", s.labs)
		}, "<nil>"},
		{"a type that is not enabled", func(s *scene) error {
			s.ok(newPolicy(s, "TAG_POLICY", "T", `{}`))
			return s.AttachPolicy(payer, s.org.byType["TAG_POLICY"].items[0].id, s.labs)
		}, "PolicyTypeNotEnabledException"},
		{"a type that is still being enabled", func(s *scene) error {
			s.ok(newPolicy(s, "TAG_POLICY", "T", `{}`))
			s.ok(only(s.EnablePolicyType(payer, s.root, "TAG_POLICY")))
			return s.AttachPolicy(payer, s.org.byType["TAG_POLICY"].items[0].id, s.labs)
		}, "PolicyTypeNotEnabledException"},
		{"detach RCPFullAWSAccess", func(s *scene) error {
			s.ok(only(s.EnablePolicyType(payer, s.root, RCP)))
			s.SetNow(s.Now().Add(time.Minute))
			return s.DetachPolicy(payer, "p-RCPFullAWSAccess", s.labs)
		}, "InvalidInputException NON_DETACHABLE_POLICY"},
		{"enable a type twice", func(s *scene) error { return only(s.EnablePolicyType(payer, s.root, SCP)) }, "PolicyTypeAlreadyEnabledException"},
		{"disable what is not enabled", func(s *scene) error { return only(s.DisablePolicyType(payer, s.root, RCP)) }, "PolicyTypeNotEnabledException"},
		{"a root that is not there", func(s *scene) error { return only(s.EnablePolicyType(payer, "r-zzzz", RCP)) }, "RootNotFoundException"},
		{"policies with consolidated billing only", func(s *scene) error {
			s.ok(only(s.CreateOrganization(other, "CONSOLIDATED_BILLING")))
			return only(s.CreatePolicy(other, NewPolicy{Name: "X", Type: SCP, Content: allow}))
		}, "PolicyTypeNotAvailableForOrganizationException"},

		{"tag nothing", func(s *scene) error { return s.TagResource(payer, ghostUnit, []Tag{{"a", "b"}}) }, "TargetNotFoundException"},
		{"a key of AWS's", func(s *scene) error { return s.TagResource(payer, s.labs, []Tag{{"aws:x", "b"}}) }, "InvalidInputException INVALID_SYSTEM_TAGS_PARAMETER"},
		{"one key twice", func(s *scene) error { return s.TagResource(payer, s.labs, []Tag{{"a", "b"}, {"a", "c"}}) }, "InvalidInputException DUPLICATE_TAG_KEY"},
		{"51 tags", func(s *scene) error {
			for i := range 50 {
				s.ok(s.TagResource(payer, s.labs, []Tag{{strings.Repeat("k", i+1), ""}}))
			}
			s.ok(s.TagResource(payer, s.labs, []Tag{{"k", "again"}}))
			return s.TagResource(payer, s.labs, []Tag{{"another", ""}})
		}, "ConstraintViolationException MAX_TAG_LIMIT_EXCEEDED"},
		{"a creation with a key of AWS's", func(s *scene) error {
			return only(s.CreateAccount(payer, NewAccount{Name: "a", Email: "a@example.com", Tags: []Tag{{"aws:x", ""}}}))
		}, "InvalidInputException INVALID_SYSTEM_TAGS_PARAMETER"},

		{"an unknown service", func(s *scene) error { return s.EnableAWSServiceAccess(payer, "nonsense") }, "InvalidInputException UNRECOGNIZED_SERVICE_PRINCIPAL"},
		{"delegate without trusted access", func(s *scene) error {
			return s.RegisterDelegatedAdministrator(payer, s.member, "guardduty.amazonaws.com")
		}, "ConstraintViolationException SERVICE_ACCESS_NOT_ENABLED"},
		{"delegate to the management account", func(s *scene) error {
			return s.RegisterDelegatedAdministrator(payer, payer, "config.amazonaws.com")
		}, "ConstraintViolationException CANNOT_REGISTER_MASTER_AS_DELEGATED_ADMINISTRATOR"},
		{"delegate twice", func(s *scene) error { return s.RegisterDelegatedAdministrator(payer, s.admin, "config.amazonaws.com") }, "AccountAlreadyRegisteredException"},
		{"end what was not delegated", func(s *scene) error {
			return s.DeregisterDelegatedAdministrator(payer, s.member, "config.amazonaws.com")
		}, "AccountNotRegisteredException"},
		{"rename a member without trusted access", func(s *scene) error { return s.PutAccountName(payer, s.member, "New") }, "AccessDeniedException"},
		{"rename a member", func(s *scene) error {
			s.ok(s.EnableAWSServiceAccess(payer, accountService))
			return s.PutAccountName(payer, s.member, "New")
		}, "<nil>"},
		{"a member renames another", func(s *scene) error {
			s.ok(s.EnableAWSServiceAccess(payer, accountService))
			return s.PutAccountName(s.member, s.admin, "New")
		}, "AccessDeniedException"},
		{"a contact that is not there", func(s *scene) error { return only(s.GetAlternateContact(payer, "", "BILLING")) }, "ResourceNotFoundException"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := verdict(tt.do(newScene(t))); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}
