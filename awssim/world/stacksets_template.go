package world

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// stackTemplate is as much of a template as the simulator knows: one or more
// roles, in JSON, without parameters and functions.
type stackTemplate struct {
	AWSTemplateFormatVersion string
	Description              string
	Resources                map[string]stackResource
}

type stackResource struct {
	Type, DeletionPolicy, UpdateReplacePolicy string
	Properties                                map[string]json.RawMessage
}

// stackRole is the properties of an AWS::IAM::Role.
type stackRole struct {
	RoleName, Path, Description, PermissionsBoundary string
	AssumeRolePolicyDocument                         json.RawMessage
	MaxSessionDuration                               int
	ManagedPolicyArns                                []string
	Policies                                         []stackPolicy
	Tags                                             []Tag
}

type stackPolicy struct {
	PolicyName     string
	PolicyDocument json.RawMessage
}

// roleProperties are all that the type has.
var roleProperties = []string{"RoleName", "Path", "Description", "PermissionsBoundary", "AssumeRolePolicyDocument",
	"MaxSessionDuration", "ManagedPolicyArns", "Policies", "Tags"}

// parseStackTemplate reads a template as CloudFormation checks its form.
func parseStackTemplate(body string) (*stackTemplate, error) {
	var t stackTemplate
	dec := json.NewDecoder(strings.NewReader(body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&t); err != nil {
		return nil, invalidStack("Template format error: %v (the simulator reads templates in JSON, of roles alone)", err)
	}
	if len(t.Resources) == 0 {
		return nil, invalidStack("Template format error: At least one Resources member must be defined.")
	}
	if v := t.AWSTemplateFormatVersion; v != "" && v != "2010-09-09" {
		return nil, invalidStack("Template format error: %s is not a supported value for AWSTemplateFormatVersion.", v)
	}
	for name, r := range t.Resources {
		if r.Type != "AWS::IAM::Role" {
			return nil, invalidStack("Template format error: Unrecognized resource types: [%s] (of %s)", r.Type, name)
		}
	}
	return &t, nil
}

// checkStackTemplate refuses a template that cannot be, or that makes roles with
// names of their own without being told that it may.
func checkStackTemplate(body string, capabilities []string) error {
	if len(body) == 0 || len(body) > maxTemplate {
		return invalidStack("1 validation error detected: Value at 'templateBody' failed to satisfy constraint: Member must have length less than or equal to %d", maxTemplate)
	}
	t, err := parseStackTemplate(body)
	if err != nil {
		return err
	}
	need := "CAPABILITY_IAM"
	for _, r := range t.Resources {
		if r.Properties["RoleName"] != nil {
			need = "CAPABILITY_NAMED_IAM"
		}
	}
	if slices.Contains(capabilities, need) || slices.Contains(capabilities, "CAPABILITY_NAMED_IAM") {
		return nil
	}
	return refuse("InsufficientCapabilitiesException", "Requires capabilities : [%s]", need)
}

// TemplateSummary is what ValidateTemplate answers.
func TemplateSummary(body string) (description string, capabilities []string, err error) {
	t, err := parseStackTemplate(body)
	if err != nil {
		return "", nil, err
	}
	capability := "CAPABILITY_IAM"
	for _, r := range t.Resources {
		if r.Properties["RoleName"] != nil {
			capability = "CAPABILITY_NAMED_IAM"
		}
	}
	return t.Description, []string{capability}, nil
}

// roleOf reads the one role of a template, with the tags of the stack on it.
// The reason is CloudFormation's, for a stack that fails.
func (s *StackSet) roleOf() (role stackRole, resource, why string) {
	t, err := parseStackTemplate(s.TemplateBody)
	if err != nil {
		return role, "", err.Error()
	}
	resource = slices.Sorted(maps.Keys(t.Resources))[0]
	if len(t.Resources) > 1 {
		return role, resource, "the simulator deploys one role a template"
	}
	r := t.Resources[resource]
	for p := range r.Properties {
		if !slices.Contains(roleProperties, p) {
			return role, resource, stackReason(resource, fmt.Sprintf("Properties validation failed: extraneous key [%s] is not permitted", p))
		}
	}
	if r.Properties["AssumeRolePolicyDocument"] == nil {
		return role, resource, stackReason(resource, "Properties validation failed: required key [AssumeRolePolicyDocument] not found")
	}
	data, _ := json.Marshal(r.Properties)
	if err := json.Unmarshal(data, &role); err != nil {
		return role, resource, stackReason(resource, "Properties validation failed: "+err.Error())
	}
	if role.RoleName == "" {
		role.RoleName = "StackSet-" + s.StackSetName + "-" + resource
	}
	for _, tag := range s.Tags {
		if !slices.ContainsFunc(role.Tags, func(t Tag) bool { return t.Key == tag.Key }) {
			role.Tags = append(role.Tags, tag)
		}
	}
	return role, resource, ""
}

// stackReason is how CloudFormation tells which resource failed and why.
func stackReason(resource, why string) string {
	return fmt.Sprintf("ResourceLogicalId:%s, ResourceType:AWS::IAM::Role, ResourceStatusReason:%s", resource, why)
}
