package awssim

import (
	"maps"
	"strings"

	"github.com/payer-reconciler/reconciler/awssim/world"
)

// With Options.Enforce a call must be allowed by the policies of who makes it.
// What it needs is the action that is called as the operation, on the resource
// that the input names; this file has what differs. Source: "Actions,
// resources, and condition keys" of each service in the Service Authorization
// Reference. S3 asks for itself, for it knows the bucket; so does AssumeRole,
// which knows the trust.

// needsOf are what the calls of a service need, where it is not the plain one.
var needsOf = map[string]func(*world.World, *call) []world.Need{
	"organizations":  organizationsNeeds,
	"sts":            stsNeeds,
	"account":        accountNeeds,
	"iam":            iamNeeds,
	"s3":             s3Needs,
	"tagging":        func(_ *world.World, c *call) []world.Need { return plainNeed("tag", c) },
	"cur":            curNeeds,
	"cloudformation": cloudFormationNeeds,
}

func plainNeed(prefix string, c *call) []world.Need {
	return []world.Need{{Action: prefix + ":" + c.Operation, Resource: "*"}}
}

// authorize holds a call against the policies, where that is asked for.
func (s *Server) authorize(c *call) error {
	if !s.opt.Enforce {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.world.SetNow(s.now())
	needs := plainNeed(c.Service, c)
	if f := needsOf[c.Service]; f != nil {
		needs = f(s.world, c)
	}
	for _, n := range needs {
		n.Context = maps.Clone(n.Context)
		if n.Context == nil {
			n.Context = map[string][]string{}
		}
		n.Context["aws:requestedregion"] = []string{c.Region}
		if err := s.world.Authorize(c.who, n); err != nil {
			return &world.Error{Code: s.services[c.Service].words.denied, Message: err.(*world.Error).Message}
		}
	}
	return nil
}

// tagContext is what a request that sets tags tells of them.
func tagContext(tags []world.Tag) map[string][]string {
	out := map[string][]string{}
	for _, t := range tags {
		out["aws:requesttag/"+strings.ToLower(t.Key)] = []string{t.Value}
		out["aws:tagkeys"] = append(out["aws:tagkeys"], t.Key)
	}
	return out
}

func keyContext(keys []string) map[string][]string {
	if len(keys) == 0 {
		return nil
	}
	return map[string][]string{"aws:tagkeys": keys}
}

// organizationsNeeds asks for the action on everything that the input names.
// What sets tags while it makes something needs TagResource too.
func organizationsNeeds(w *world.World, c *call) []world.Need {
	in, action := c.org, "organizations:"+c.Operation
	context := tagContext(in.Tags)
	if len(in.TagKeys) > 0 {
		context["aws:tagkeys"] = in.TagKeys
	}
	for _, typ := range []string{in.PolicyType, in.Type, in.Filter} {
		if typ != "" {
			context["organizations:policytype"] = []string{typ}
		}
	}
	if in.ServicePrincipal != "" {
		context["organizations:serviceprincipal"] = []string{in.ServicePrincipal}
	}
	var needs []world.Need
	for _, id := range []string{
		in.AccountId, in.ChildId, in.SourceParentId, in.DestinationParentId, in.OrganizationalUnitId, in.ParentId, in.PolicyId,
		in.ResourceId, in.RootId, in.TargetId,
	} {
		if id != "" {
			needs = append(needs, world.Need{Action: action, Resource: w.ArnIn(c.who.Account, id), Context: context})
		}
	}
	if len(needs) == 0 {
		needs = []world.Need{{Action: action, Resource: "*", Context: context}}
	}
	switch {
	case c.Operation == "CreateOrganization":
		needs = append(needs, world.Need{
			Action: "iam:CreateServiceLinkedRole", Context: map[string][]string{"iam:awsservicename": {"organizations.amazonaws.com"}},
			Resource: "arn:aws:iam::" + c.who.Account + ":role/aws-service-role/organizations.amazonaws.com/AWSServiceRoleForOrganizations",
		})
	case strings.HasPrefix(c.Operation, "Create") && len(in.Tags) > 0:
		needs = append(needs, world.Need{Action: "organizations:TagResource", Resource: "*", Context: context})
	}
	return needs
}

// stsNeeds: everybody may ask who they are, and AssumeRole asks for itself.
func stsNeeds(_ *world.World, c *call) []world.Need {
	switch c.Operation {
	case "GetCallerIdentity", "AssumeRole":
		return nil
	}
	return plainNeed("sts", c)
}

func accountNeeds(w *world.World, c *call) []world.Need {
	context := map[string][]string{}
	if t := c.acct.AlternateContactType; t != "" {
		context["account:alternatecontacttypes"] = []string{t}
	}
	return []world.Need{{Action: "account:" + c.Operation, Resource: w.ContactArn(c.who.Account, c.acct.AccountID), Context: context}}
}

// iamNeeds asks for the action on the policy, role, user or group that the
// input is about.
func iamNeeds(w *world.World, c *call) []world.Need {
	in := input[iamInput](c)
	context := tagContext(in.Tags)
	for k, v := range keyContext(in.TagKeys) {
		context[k] = v
	}
	n := world.Need{Action: "iam:" + c.Operation, Resource: iamResource(w, c, in), Context: context}
	attaches := strings.HasPrefix(c.Operation, "Attach") || strings.HasPrefix(c.Operation, "Detach")
	if attaches {
		context["iam:policyarn"] = []string{in.PolicyArn}
	}
	if in.PermissionsBoundary != "" {
		context["iam:permissionsboundary"] = []string{in.PermissionsBoundary}
	}
	if in.AWSServiceName != "" {
		context["iam:awsservicename"] = []string{in.AWSServiceName}
	}
	needs := []world.Need{n}
	if kind, ok := strings.CutPrefix(c.Operation, "Create"); ok && len(in.Tags) > 0 {
		needs = append(needs, world.Need{Action: "iam:Tag" + kind, Resource: n.Resource, Context: context})
	}
	return needs
}

func iamResource(w *world.World, c *call, in *iamInput) string {
	who := c.who.Account
	switch {
	case c.Operation == "CreateServiceLinkedRole":
		return "arn:aws:iam::" + who + ":role/aws-service-role/" + in.AWSServiceName + "/*"
	case c.Operation == "CreatePolicy":
		path := in.Path
		if path == "" {
			path = "/"
		}
		return "arn:aws:iam::" + who + ":policy" + path + in.PolicyName
	case in.RoleName != "":
		return w.EntityArn(who, world.RoleKind, in.Path, in.RoleName)
	case in.GroupName != "":
		return w.EntityArn(who, world.GroupKind, in.Path, in.GroupName)
	case in.UserName != "":
		return w.EntityArn(who, world.UserKind, in.Path, in.UserName)
	case in.PolicyArn != "":
		return in.PolicyArn
	}
	switch c.Operation {
	case "GetUser", "ListAccessKeys", "CreateAccessKey", "DeleteAccessKey", "ListMFADevices", "GetLoginProfile",
		"ListSSHPublicKeys", "ListSigningCertificates", "ListServiceSpecificCredentials":
		if !c.who.Role {
			return c.who.Arn
		}
	}
	return "*"
}

// s3Needs are those of the two operations that find no bucket to ask.
func s3Needs(_ *world.World, c *call) []world.Need {
	switch c.Operation {
	case "ListBuckets":
		return []world.Need{{Action: "s3:ListAllMyBuckets", Resource: "*"}}
	case "CreateBucket":
		return []world.Need{{Action: "s3:CreateBucket", Resource: "arn:aws:s3:::" + c.Rest.Bucket}}
	}
	return nil
}

// curNeeds asks for the action on the report that the input names.
func curNeeds(_ *world.World, c *call) []world.Need {
	in, needs := input[curInput](c), plainNeed("cur", c)
	name := in.ReportName
	if name == "" && in.ReportDefinition != nil {
		name = text(in.ReportDefinition.ReportName)
	}
	if name != "" {
		needs[0].Resource = "arn:aws:cur:" + c.Region + ":" + c.who.Account + ":definition/" + name
	}
	return needs
}

// cloudFormationNeeds asks for the action on the stack set that the input
// names.
func cloudFormationNeeds(_ *world.World, c *call) []world.Need {
	in, needs := input[cfnInput](c), plainNeed("cloudformation", c)
	needs[0].Context = tagContext(in.Tags)
	if in.StackSetName != "" {
		needs[0].Resource = "arn:aws:cloudformation:" + c.Region + ":" + c.who.Account + ":stackset/" + in.StackSetName + ":*"
	}
	return needs
}
