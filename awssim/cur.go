package awssim

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/payer-reconciler/reconciler/awssim/world"
)

// curInput holds the members of every input of Cost and Usage Reports.
type curInput struct {
	ReportName       string
	ReportDefinition *definition
	Tags             []tagInText
	TagKeys          []string
	MaxResults       *int
	NextToken        string
}

// definition is a ReportDefinition as it comes: what is missing is nil.
type definition struct {
	ReportName, TimeUnit, Format, Compression *string
	AdditionalSchemaElements                  []string
	S3Bucket, S3Prefix, S3Region              *string
	AdditionalArtifacts                       []string
	RefreshClosedReports                      *bool
	ReportVersioning                          string
	BillingViewArn                            string
}

type tagInText struct{ Key, Value *string }

var curWords = words{throttled: "ThrottlingException", broken: "InternalErrorException", denied: "AccessDeniedException"}

// reports are the operations of Cost and Usage Reports.
var reports = map[string]operation{
	"PutReportDefinition": {write: true, noConflict: true, need: []string{"ReportDefinition"}, run: func(w *world.World, c *call) (any, error) {
		in := input[curInput](c)
		return braces(w.PutReportDefinition(c.who.Account, in.ReportDefinition.report(), textTags(in.Tags)))
	}},
	"DescribeReportDefinitions": {noConflict: true, list: "ReportDefinitions", empty: emptyReports, run: func(w *world.World, c *call) (any, error) {
		out, next := w.DescribeReportDefinitions(c.who.Account, c.page)
		return c.listed("ReportDefinitions", "NextToken", out, next), nil
	}},
	"ModifyReportDefinition": {write: true, noConflict: true, need: []string{"ReportName", "ReportDefinition"}, run: func(w *world.World, c *call) (any, error) {
		in := input[curInput](c)
		return braces(w.ModifyReportDefinition(c.who.Account, in.ReportName, in.ReportDefinition.report()))
	}},
	"DeleteReportDefinition": {write: true, noConflict: true, need: []string{"ReportName"}, run: func(w *world.World, c *call) (any, error) {
		name := input[curInput](c).ReportName
		if err := w.DeleteReportDefinition(c.who.Account, name); err != nil {
			return nil, err
		}
		return map[string]string{"ResponseMessage": "The report definition " + name + " was deleted."}, nil
	}},
	"TagResource": {write: true, noConflict: true, need: []string{"ReportName", "Tags"}, run: func(w *world.World, c *call) (any, error) {
		in := input[curInput](c)
		return braces(w.TagReport(c.who.Account, in.ReportName, textTags(in.Tags)))
	}},
	"UntagResource": {write: true, noConflict: true, need: []string{"ReportName", "TagKeys"}, run: func(w *world.World, c *call) (any, error) {
		in := input[curInput](c)
		return braces(w.UntagReport(c.who.Account, in.ReportName, in.TagKeys))
	}},
	"ListTagsForResource": {noConflict: true, need: []string{"ReportName"}, run: func(w *world.World, c *call) (any, error) {
		tags, err := w.TagsOfReport(c.who.Account, input[curInput](c).ReportName)
		return wrap("Tags", &tags, err)
	}},
}

// braces is the answer of an operation whose output has no members.
func braces(err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return struct{}{}, nil
}

func emptyReports(c *call) any {
	token := emptyToken + strings.TrimPrefix(input[curInput](c).NextToken, emptyToken)
	return map[string]any{"ReportDefinitions": []any{}, "NextToken": token}
}

func textTags(tags []tagInText) []world.Tag {
	var out []world.Tag
	for _, t := range tags {
		out = append(out, world.Tag{Key: *t.Key, Value: *t.Value})
	}
	return out
}

// report is the definition, once it was checked.
func (d *definition) report() world.Report {
	r := world.Report{
		ReportName: *d.ReportName, TimeUnit: *d.TimeUnit, Format: *d.Format, Compression: *d.Compression,
		AdditionalSchemaElements: d.AdditionalSchemaElements, AdditionalArtifacts: append([]string{}, d.AdditionalArtifacts...),
		S3Bucket: *d.S3Bucket, S3Prefix: *d.S3Prefix, S3Region: *d.S3Region,
		ReportVersioning: d.ReportVersioning, BillingViewArn: d.BillingViewArn,
	}
	r.RefreshClosedReports = d.RefreshClosedReports != nil && *d.RefreshClosedReports
	return r
}

// reportPage is the one size of a page that DescribeReportDefinitions has.
const reportPage = 5

var (
	reportName   = regexp.MustCompile(`^[0-9A-Za-z!\-_.*'()]{1,256}$`)
	reportBucket = regexp.MustCompile(`^[A-Za-z0-9_.\-]{1,256}$`)
	reportPrefix = regexp.MustCompile(`^[0-9A-Za-z!\-_.*'()/]{0,256}$`)
	reportRegion = regexp.MustCompile(`^(af|ap|ca|cn|eu|me|sa|us)-[a-z]+-\d$`)
	billingView  = regexp.MustCompile(`^(arn:aws(-cn)?:billing::[0-9]{12}:billingview/)?[a-zA-Z0-9_+=.\-@].{1,30}$`)
)

// oneOf makes a pattern of words.
func oneOf(words string) *regexp.Regexp { return regexp.MustCompile(`^(` + words + `)$`) }

func invalidReport(what string) error {
	return &world.Error{Code: "ValidationException", Message: what + " is missing or not of the form that the API asks for."}
}

// readCUR decodes and checks an input of Cost and Usage Reports, which live in
// one region only.
func readCUR(c *call, op operation) error {
	if c.Region != home {
		return &world.Error{Code: "InvalidSignatureException", Message: "Credential should be scoped to a valid region, not '" + c.Region + "'."}
	}
	in, err := readBody[curInput](c)
	if err != nil {
		return err
	}
	need := func(name string, missing bool) bool { return missing && slices.Contains(op.need, name) }
	switch {
	case need("ReportName", in.ReportName == ""), in.ReportName != "" && !reportName.MatchString(in.ReportName):
		return invalidReport("ReportName")
	case need("Tags", in.Tags == nil), len(in.Tags) > 200:
		return invalidReport("Tags")
	case need("TagKeys", in.TagKeys == nil), len(in.TagKeys) > 200:
		return invalidReport("TagKeys")
	case need("ReportDefinition", in.ReportDefinition == nil):
		return invalidReport("ReportDefinition")
	case in.MaxResults != nil && *in.MaxResults != reportPage:
		return invalidReport("MaxResults")
	}
	for _, t := range in.Tags {
		if t.Key == nil || t.Value == nil || utf8.RuneCountInString(*t.Key) < 1 || utf8.RuneCountInString(*t.Key) > 128 || utf8.RuneCountInString(*t.Value) > 256 {
			return invalidReport("Tags")
		}
	}
	var ok bool
	if c.page.After, ok = c.after(in.NextToken); !ok {
		return invalidReport("NextToken")
	}
	c.page.Max = reportPage
	return in.ReportDefinition.check()
}

// check holds the members of a definition against the model.
func (d *definition) check() error {
	if d == nil {
		return nil
	}
	for _, f := range []struct {
		name  string
		value *string
		form  *regexp.Regexp
	}{
		{"ReportName", d.ReportName, reportName}, {"TimeUnit", d.TimeUnit, oneOf("HOURLY|DAILY|MONTHLY")},
		{"Format", d.Format, oneOf("textORcsv|Parquet")}, {"Compression", d.Compression, oneOf("ZIP|GZIP|Parquet")},
		{"S3Bucket", d.S3Bucket, reportBucket}, {"S3Prefix", d.S3Prefix, reportPrefix}, {"S3Region", d.S3Region, reportRegion},
		{"ReportVersioning", &d.ReportVersioning, oneOf("|CREATE_NEW_REPORT|OVERWRITE_REPORT")},
	} {
		if f.value == nil || !f.form.MatchString(*f.value) {
			return invalidReport(f.name)
		}
	}
	if d.BillingViewArn != "" && !billingView.MatchString(d.BillingViewArn) {
		return invalidReport("BillingViewArn")
	}
	if d.AdditionalSchemaElements == nil {
		return invalidReport("AdditionalSchemaElements")
	}
	elements, artifacts := oneOf("RESOURCES|SPLIT_COST_ALLOCATION_DATA|MANUAL_DISCOUNT_COMPATIBILITY"), oneOf("REDSHIFT|QUICKSIGHT|ATHENA")
	for _, e := range d.AdditionalSchemaElements {
		if !elements.MatchString(e) {
			return invalidReport("AdditionalSchemaElements")
		}
	}
	for _, a := range d.AdditionalArtifacts {
		if !artifacts.MatchString(a) {
			return invalidReport("AdditionalArtifacts")
		}
	}
	return nil
}
