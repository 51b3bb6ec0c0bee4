package awssim

import (
	"encoding/json"
	"regexp"
	"slices"
	"unicode/utf8"

	"github.com/payer-reconciler/reconciler/awssim/world"
)

// rule is what the service model says of a string: its length in characters
// and its pattern.
type rule struct {
	min, max int
	pattern  *regexp.Regexp
}

var (
	accountID  = regexp.MustCompile(`^\d{12}$`)
	targetID   = regexp.MustCompile(`^(r-[0-9a-z]{4,32}|\d{12}|ou-[0-9a-z]{4,32}-[a-z0-9]{8,32})$`)
	parentID   = regexp.MustCompile(`^(r-[0-9a-z]{4,32}|ou-[0-9a-z]{4,32}-[a-z0-9]{8,32})$`)
	unitID     = regexp.MustCompile(`^ou-[0-9a-z]{4,32}-[a-z0-9]{8,32}$`)
	rootID     = regexp.MustCompile(`^r-[0-9a-z]{4,32}$`)
	policyID   = regexp.MustCompile(`^p-[0-9a-zA-Z_]{8,128}$`)
	childID    = regexp.MustCompile(`^(\d{12}|ou-[0-9a-z]{4,32}-[a-z0-9]{8,32})$`)
	requestID  = regexp.MustCompile(`^car-[a-z0-9]{8,32}$`)
	email      = regexp.MustCompile(`^[!-?A-~]+@[!-?A-~]+\.[!-?A-~]+$`)
	printable  = regexp.MustCompile(`^[\x20-\x7E]+$`)
	principal  = regexp.MustCompile(`^[\w+=,.@-]*$`)
	roleName   = regexp.MustCompile(`^[\w+=,.@-]{1,64}$`)
	tagText    = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$`)
	resourceID = regexp.MustCompile(`^(r-[0-9a-z]{4,32}|\d{12}|ou-[0-9a-z]{4,32}-[a-z0-9]{8,32}|p-[0-9a-zA-Z_]{8,128}|r[pt]-[0-9a-zA-Z_]{4,128})$`)
)

// check holds a string against its rule, with the Reason that AWS gives. The
// address of an account is looked at more closely than the model does: seven
// bits and one @.
func (r rule) check(name, s string) error {
	n := utf8.RuneCountInString(s)
	switch {
	case n < r.min:
		return world.Invalid("MIN_LENGTH_EXCEEDED", "%s is shorter than %d characters.", name, r.min)
	case r.max > 0 && n > r.max:
		return world.Invalid("MAX_LENGTH_EXCEEDED", "%s is longer than %d characters.", name, r.max)
	case r.pattern != nil && !r.pattern.MatchString(s):
		return world.Invalid("INVALID_PATTERN", "You provided a value that does not match the required pattern: %s.", name)
	}
	return nil
}

// field is a string member of an input. Given says that it is there.
type field struct {
	name  string
	value string
	given bool
	rule  rule
	enum  []string
}

func is(name, value string, r rule, enum ...string) field {
	return field{name, value, value != "", r, enum}
}

func maybe(name string, value *string, r rule) field {
	return field{name, text(value), value != nil, r, nil}
}

func (in *orgInput) fields() []field {
	return []field{
		is("AccountId", in.AccountId, rule{pattern: accountID}),
		is("AccountName", in.AccountName, rule{1, 50, printable}),
		is("Email", in.Email, rule{6, 64, email}),
		is("RoleName", in.RoleName, rule{1, 64, roleName}),
		is("IamUserAccessToBilling", in.IamUserAccessToBilling, rule{}, "ALLOW", "DENY"),
		is("ChildId", in.ChildId, rule{pattern: childID}),
		is("ChildType", in.ChildType, rule{}, "ACCOUNT", "ORGANIZATIONAL_UNIT"),
		is("CreateAccountRequestId", in.CreateAccountRequestId, rule{pattern: requestID}),
		is("DestinationParentId", in.DestinationParentId, rule{pattern: parentID}),
		is("FeatureSet", in.FeatureSet, rule{}, "ALL", "CONSOLIDATED_BILLING"),
		is("OrganizationalUnitId", in.OrganizationalUnitId, rule{pattern: unitID}),
		is("ParentId", in.ParentId, rule{pattern: parentID}),
		is("PolicyId", in.PolicyId, rule{pattern: policyID}),
		is("ResourceId", in.ResourceId, rule{pattern: resourceID}),
		is("RootId", in.RootId, rule{pattern: rootID}),
		is("ServicePrincipal", in.ServicePrincipal, rule{1, 128, principal}),
		is("SourceParentId", in.SourceParentId, rule{pattern: parentID}),
		is("TargetId", in.TargetId, rule{pattern: targetID}),
		is("Filter", in.Filter, rule{}),
		is("PolicyType", in.PolicyType, rule{}),
		is("Type", in.Type, rule{}),
		maybe("Name", in.Name, rule{1, 128, nil}),
		maybe("Description", in.Description, rule{0, 512, nil}),
		maybe("Content", in.Content, rule{}),
		{name: "Tags", given: in.Tags != nil},
		{name: "TagKeys", given: in.TagKeys != nil},
	}
}

// readOrganizations decodes and checks an input of Organizations.
func readOrganizations(c *call, op operation) error {
	c.org = &orgInput{}
	if len(c.Body) > 0 {
		if err := json.Unmarshal(c.Body, c.org); err != nil {
			return &world.Error{Code: "SerializationException", Message: "The request body is not of the shape of this operation."}
		}
	}
	for _, f := range c.org.fields() {
		if err := f.check(op); err != nil {
			return err
		}
	}
	if err := wholeTags(c.Body); err != nil {
		return err
	}
	if err := checkTagText(c.org.Tags, c.org.TagKeys); err != nil {
		return err
	}
	for _, s := range c.org.States {
		if s != "IN_PROGRESS" && s != "SUCCEEDED" && s != "FAILED" {
			return world.Invalid("INVALID_ENUM", "You specified an invalid state.")
		}
	}
	return c.readPage()
}

func (f field) check(op operation) error {
	if !f.given {
		if slices.Contains(op.need, f.name) {
			return world.Invalid("INPUT_REQUIRED", "You must include a value for all required parameters: %s.", f.name)
		}
		return nil
	}
	switch f.name {
	case "Filter", "PolicyType", "Type":
		if !world.IsPolicyType(f.value) {
			return world.Invalid("INVALID_ENUM_POLICY_TYPE", "You specified an invalid policy type string.")
		}
	}
	if len(f.enum) > 0 && !slices.Contains(f.enum, f.value) {
		return world.Invalid("INVALID_ENUM", "You specified an invalid value: %s.", f.name)
	}
	return f.rule.check(f.name, f.value)
}

// wholeTags refuses a tag without its key or its value: a value may be empty,
// and must be there.
func wholeTags(body []byte) error {
	var in struct{ Tags []map[string]*string }
	if len(body) > 0 && json.Unmarshal(body, &in) != nil {
		return &world.Error{Code: "SerializationException", Message: "The request body is not of the shape of this operation."}
	}
	for _, t := range in.Tags {
		if t["Key"] == nil || t["Value"] == nil {
			return world.Invalid("INPUT_REQUIRED", "You must include a value for all required parameters: %s.", "Tags")
		}
	}
	return nil
}

func checkTagText(tags []world.Tag, keys []string) error {
	for _, t := range tags {
		keys = append(keys[:len(keys):len(keys)], t.Key)
		if err := (rule{0, 256, tagText}).check("Tags.Value", t.Value); err != nil {
			return err
		}
	}
	for _, k := range keys {
		if err := (rule{1, 128, tagText}).check("Tags.Key", k); err != nil {
			return err
		}
	}
	return nil
}

// readPage reads MaxResults, at most 20, and NextToken.
func (c *call) readPage() error {
	c.page.Max = world.PageMax
	if m := c.org.MaxResults; m != nil {
		if *m < 1 {
			return world.Invalid("MIN_VALUE_EXCEEDED", "MaxResults is less than 1.")
		}
		if *m > world.PageMax {
			return world.Invalid("MAX_VALUE_EXCEEDED", "MaxResults is more than %d.", world.PageMax)
		}
		c.page.Max = *m
	}
	after, ok := c.after(c.org.NextToken)
	if !ok {
		return world.Invalid("INVALID_NEXT_TOKEN", "Get the value for the NextToken parameter from the response to a previous call of the operation.")
	}
	c.page.After = after
	return nil
}
