package cloud

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/account"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	"github.com/aws/aws-sdk-go-v2/service/servicequotas"
	"github.com/google/go-cmp/cmp"
)

// The figures are AWS's: see the sources in rates.json.
func TestPublishedRates(t *testing.T) {
	const source, date = "AWS Organizations User Guide: Quotas and service limits", "2026-05"
	for op, want := range map[string]Rate{
		"CreateAccount": {PerSecond: 0.1, Burst: 3, InProgress: 5, Seconds: 10, Source: source, Date: date},
		"CloseAccount":  {PerSecond: 0.05, Burst: 1, Cap: &Cap{Days: 30, Calls: 250, PercentOfMembers: 20, Most: 1000}, Source: source, Date: date},
		"InviteAccountToOrganization": {PerSecond: 3, Burst: 5, Cap: &Cap{Days: 1, Calls: 20, PercentOfAccountQuota: 100},
			Source: source, Date: date},
		"AttachPolicy":        {PerSecond: 2, Burst: 3, Source: source, Date: date},
		"PutAlternateContact": {PerSecond: 5, Burst: 8, Source: "AWS Account Management Reference Guide: Quotas", Date: date},
	} {
		got, ok := PublishedRates().Of(op)
		if diff := cmp.Diff(want, got); diff != "" || !ok {
			t.Errorf("%s (-want +got), %v:\n%s", op, ok, diff)
		}
	}
	if _, ok := PublishedRates().Of("CreateUnicorn"); ok {
		t.Error("CreateUnicorn has a rate")
	}
	services := []string{organizations.ServiceID, account.ServiceID, resourcegroupstaggingapi.ServiceID, servicequotas.ServiceID}
	for key, r := range PublishedRates().rows {
		if !slices.Contains(services, key.service) {
			t.Errorf("%s: no client has the service id %q", key.name, key.service)
		}
		if r.PerSecond <= 0 || r.Burst < 1 || r.Source == "" || len(r.Date) != len("2026-05") {
			t.Errorf("%s: rate %v", key.name, r)
		}
	}
	if n := len(PublishedRates().rows); n != 52 {
		t.Errorf("%d operations in the table", n)
	}
}

// What a row names overrides; the rest stays as it is published.
func TestParseRates(t *testing.T) {
	r, err := ParseRates("rates.json", []byte(`{"rates": [
		{"service": "Organizations", "operations": ["CreateAccount", "MoveAccount"], "perSecond": 0.5, "source": "case 4711", "date": "2026-11"},
		{"service": "Organizations", "operations": ["CloseAccount"], "cap": {"days": 7, "calls": 2}},
		{"service": "IAM", "operations": ["CreateRole", "CreatePolicy"], "perSecond": 5, "burst": 10}
	]}`))
	if err != nil {
		t.Fatal(err)
	}
	published, _ := PublishedRates().Of("CreatePolicy")
	for op, want := range map[string]Rate{
		"CreateAccount": {PerSecond: 0.5, Burst: 3, InProgress: 5, Seconds: 10, Source: "case 4711", Date: "2026-11"},
		"MoveAccount":   {PerSecond: 0.5, Burst: 3, Source: "case 4711", Date: "2026-11"},
		"CloseAccount":  {PerSecond: 0.05, Burst: 1, Cap: &Cap{Days: 7, Calls: 2}, Source: "rates.json"},
		"CreateRole":    {PerSecond: 5, Burst: 10, Source: "rates.json"},
		"CreatePolicy":  published, // that of Organizations, which stands first
	} {
		if got, _ := r.Of(op); !cmp.Equal(got, want) {
			t.Errorf("%s: %+v, want %+v", op, got, want)
		}
	}
	if got, _ := r.of(operationKey{"IAM", "CreatePolicy"}); got.PerSecond != 5 {
		t.Errorf("IAM's CreatePolicy: %+v", got)
	}
	if got, _ := PublishedRates().Of("CreateAccount"); got.PerSecond != 0.1 {
		t.Errorf("the published table has changed: %+v", got)
	}
}

func TestParseRatesMistakes(t *testing.T) {
	row := func(s string) string { return "{\"rates\": [\n  {" + s + "}\n]}" }
	const head = `"service": "Organizations", "operations": ["CreateAccount"]`
	for in, want := range map[string]string{
		"":                                     `f:1:1: the file is empty`,
		"{\n \"rates\": [}":                    `f:2:12: invalid character '}' looking for beginning of value`,
		"{\"rates\": [":                        `f:1:12: the file ends too early`,
		"{\"rates\": []}\n {}":                 `f:2:2: something stands behind the table`,
		"[]":                                   `f:1:1: the table is no object`,
		"{}":                                   `f:1:1: it has no "rates" and no "quotas"`,
		`{"rats": 1}`:                          `f:1:2: unknown key "rats"; there are rates and quotas`,
		`{"rates": {}}`:                        `f:1:11: rates is no list`,
		`{"rates": [7]}`:                       `f:1:12: a row is no object`,
		row(`"perSecond": 1`):                  `f:2:3: the row has no "service", such as Organizations`,
		row(`"service": "Account"`):            `f:2:3: the row has no "operations"`,
		row(head):                              `f:2:3: the row says nothing of its operations; perSecond and burst do`,
		row(head + `, "perSecnd": 1`):          `f:2:65: unknown key "perSecnd"; there are service, operations, perSecond, burst, inProgress, seconds, cap, source and date`,
		row(head + `, "perSecond": 0`):         `f:2:78: perSecond must be a number above 0`,
		row(head + `, "perSecond": -1`):        `f:2:78: perSecond must be a number above 0`,
		row(head + `, "perSecond": 1e999`):     `f:2:78: perSecond must be a number above 0`,
		row(head + `, "perSecond": "1"`):       `f:2:78: perSecond is no number`,
		row(head + `, "perSecond": 0.000001`):  `f:2:3: CreateAccount: less than a call a day is no rate`,
		row(head + `, "burst": 1.5`):           `f:2:74: burst must be a whole number, at most 1,000,000`,
		row(head + `, "burst": 1, "burst": 2`): `f:2:77: "burst" stands there twice`,
		row(head + `, "cap": {"days": 1}`):     `f:2:72: cap needs days and calls`,
		row(head + `, "cap": {"days": 3651, "calls": 1}`):                                                                                                   `f:2:81: days must be at most 3,650, ten years`,
		row(head + `, "inProgress": 1, "seconds": 86401`):                                                                                                   `f:2:93: seconds must be at most 86,400, a day`,
		row(`"service": "Account", "operations": ["A", "B", "A"], "perSecond": 1, "burst": 1`):                                                              `f:2:3: the row names A twice`,
		row(head + `, "burst": 1}, {"service": "Account", "operations": ["CreateAccount"], "perSecond": 1, "burst": 1},` + "\n  {" + head + `, "burst": 2`): `f:3:3: CreateAccount of Organizations has a row already, at f:2:3; one is enough, and which counts is not clear`,
		row(head + `, "source": ""`):                                        "f:2:75: source is empty",
		row(`"service": 7, "operations": ["A"], "burst": 1`):                `f:2:15: service is no text`,
		row(`"service": "IAM", "operations": ["A"], "burst": 1`):            `f:2:3: A needs perSecond and burst, for AWS publishes neither`,
		row(`"service": "Account", "operations": ["A"], "inProgress": 1`):   `f:2:3: A needs inProgress and seconds together`,
		row(head+`, "burst": 0`) + row(""):                                  "f:3:3: something stands behind the table",
		row(head + `, "burst": 0, "cap": {"x": 1}, "date": {"a": [1, {}]}`): "f:2:74: burst must be a number above 0\nf:2:85: unknown key \"x\"; there are days, calls, percentOfMembers, percentOfAccountQuota and most\nf:2:102: date is no text",
	} {
		_, err := ParseRates("f", []byte(in))
		if err == nil {
			t.Errorf("%s: no error", in)
		} else if got := err.Error(); got != want {
			t.Errorf("%s:\n got %s\nwant %s", in, got, want)
		}
	}
}

// Whatever is in the file: it is read, or its mistakes have places.
func FuzzParseRates(f *testing.F) {
	f.Add(string(ratesJSON))
	f.Add(`{"rates": [{"service": "IAM", "operations": ["A"], "perSecond": 1, "burst": 1, "cap": {}}]}`)
	f.Fuzz(func(t *testing.T, s string) {
		r, err := ParseRates("f", []byte(s))
		if err == nil && r == nil {
			t.Fatal("neither table nor error")
		}
		if err != nil && !strings.HasPrefix(err.Error(), "f:") {
			t.Errorf("no place in %q", err)
		}
	})
}

// The quotas are AWS's too; a file says others, by their name.
func TestQuotas(t *testing.T) {
	over, err := ParseRates("rates.json", []byte(`{"quotas": [{"name": "organizational units", "limit": 5000}, {"name": "policies of TAG_POLICY", "limit": 1500, "source": "case 4711", "date": "2026-11"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	orgs, iam := "AWS Organizations User Guide: Quotas and service limits", "AWS Identity and Access Management User Guide: IAM and AWS STS quotas"
	for _, tt := range []struct {
		of   *Rates
		name string
		want Quota
	}{
		{PublishedRates(), QuotaUnits, Quota{2000, orgs, "2026-05"}},
		{PublishedRates(), QuotaPolicies("SERVICE_CONTROL_POLICY"), Quota{10000, orgs, "2026-05"}},
		{PublishedRates(), QuotaPolicies("RESOURCE_CONTROL_POLICY"), Quota{2000, orgs, "2026-05"}},
		{PublishedRates(), QuotaPolicies("TAG_POLICY"), Quota{1000, orgs, "2026-05"}},
		{PublishedRates(), QuotaRoles, Quota{1000, iam, "2026-05"}},
		{over, QuotaUnits, Quota{5000, "rates.json", ""}},
		{over, QuotaPolicies("TAG_POLICY"), Quota{1500, "case 4711", "2026-11"}},
		{over, QuotaPolicies("BACKUP_POLICY"), Quota{1000, orgs, "2026-05"}},
	} {
		if got, ok := tt.of.Quota(tt.name); !ok || got != tt.want {
			t.Errorf("%s: %v, %v; want %v", tt.name, got, ok, tt.want)
		}
	}
	if q, ok := PublishedRates().Quota("accounts"); ok {
		t.Errorf("that of accounts is read from AWS, and the table has %v", q)
	}
	if r, ok := over.Of("CreateAccount"); !ok || r.PerSecond != 0.1 {
		t.Errorf("a file of quotas changes rates: %v, %v", r, ok)
	}
	for text, want := range map[string]string{
		`{"quotas": [{"name": "accounts", "limit": 5}]}`:                                     `f:1:13: no quota "accounts"; there are IAM roles, organizational units, policies of RESOURCE_CONTROL_POLICY`,
		`{"quotas": [{"name": "IAM roles"}]}`:                                                `f:1:13: a quota needs name and limit`,
		`{"quotas": [{"name": "IAM roles", "limit": 0}]}`:                                    `f:1:44: limit must be a number above 0`,
		`{"quotas": [{"name": "IAM roles", "limit": 5, "percent": 9}]}`:                      `unknown key "percent"; there are name, limit, source and date`,
		`{"quotas": [{"name": "IAM roles", "limit": 5}, {"name": "IAM roles", "limit": 6}]}`: `f:1:48: the quota "IAM roles" stands there already, at f:1:13`,
		`{"quotas": {}}`: `quotas is no list`,
	} {
		if _, err := ParseRates("f", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}
