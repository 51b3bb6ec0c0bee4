package wire

import (
	"bytes"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

type pair struct{ Key, Value string }

type input struct {
	Name, Other string
	Text        *string
	Max         *int
	Yes         bool
	Names       []string
	Tags        []pair
	Deep        struct {
		Units []string
		Count int
	}
	Target *struct{ Ids []string }
}

func TestDecodeForm(t *testing.T) {
	p := func(s string) *string { return &s }
	three := 3
	var deep input
	deep.Deep.Units, deep.Deep.Count = []string{"a"}, 7
	for _, tt := range []struct {
		form string
		want input
	}{
		{"", input{}},
		{"Name=a+b&Text=&Yes=true&Max=3&Color=red", input{Name: "a b", Text: p(""), Yes: true, Max: &three}},
		{"Names.member.2=b&Names.member.10=c&Names.member.1=a", input{Names: []string{"a", "b", "c"}}},
		{"Names=", input{Names: []string{}}},
		{"Tags.member.1.Key=k&Tags.member.1.Value=v&Tags.member.2.Key=n", input{Tags: []pair{{"k", "v"}, {"n", ""}}}},
		{"Deep.Units.member.1=a&Deep.Count=7", deep},
		{"Target.Ids.member.1=x", input{Target: &struct{ Ids []string }{[]string{"x"}}}},
	} {
		form, err := url.ParseQuery(tt.form)
		if err != nil {
			t.Fatal(err)
		}
		var got input
		if err := DecodeForm(form, &got); err != nil {
			t.Errorf("%s: %v", tt.form, err)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.form, diff)
		}
	}
	for _, bad := range []string{"Max=many", "Yes=perhaps", "Names.member.0=a", "Names.member.x=a", "Names.member.01=a", "Deep.Count=1.5"} {
		form, _ := url.ParseQuery(bad)
		if err := DecodeForm(form, &input{}); err == nil {
			t.Errorf("%s: no error", bad)
		}
	}
}

func TestEncodeXML(t *testing.T) {
	type shape struct {
		Arn    string
		Empty  string `xml:",omitempty"`
		ID     string `xml:"Id"`
		When   time.Time
		Max    *int
		N      int
		Yes    bool
		Tags   []pair
		None   []pair
		Inner  *pair
		Values map[string]int
		hidden string
	}
	v := shape{Arn: "a<b", ID: "i", When: time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC), N: 7, Yes: true, Tags: []pair{{"k", ""}}, Inner: &pair{"x", "y"}, Values: map[string]int{"b": 2, "a": 1}, hidden: "h"}
	var b bytes.Buffer
	if err := EncodeXML(&b, "R", &v); err != nil {
		t.Fatal(err)
	}
	want := `<R><Arn>a&lt;b</Arn><Id>i</Id><When>2026-01-02T03:04:05Z</When><N>7</N><Yes>true</Yes>` +
		`<Tags><member><Key>k</Key><Value></Value></member></Tags><Inner><Key>x</Key><Value>y</Value></Inner>` +
		`<Values><entry><key>a</key><value>1</value></entry><entry><key>b</key><value>2</value></entry></Values></R>`
	if got := b.String(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if err := EncodeXML(&b, "R", struct{ C chan int }{}); err == nil || !strings.Contains(err.Error(), "C: ") {
		t.Errorf("a channel: %v", err)
	}
}

func TestAnswersOfQueryServices(t *testing.T) {
	meta := `<ResponseMetadata><RequestId>id</RequestId></ResponseMetadata>`
	for _, tt := range []struct {
		service string
		out     any
		want    string
	}{
		{"sts", struct{ A string }{"x"}, `<OpResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><OpResult><A>x</A></OpResult>` + meta + `</OpResponse>`},
		{"iam", nil, `<OpResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/">` + meta + `</OpResponse>`},
		{"cloudformation", struct{}{}, `<OpResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><OpResult></OpResult>` + meta + `</OpResponse>`},
	} {
		r, err := Answer(&Request{Service: tt.service, Operation: "Op", Protocol: Query}, "id", tt.out)
		if err != nil {
			t.Fatal(err)
		}
		if got := string(r.Body); got != tt.want {
			t.Errorf("%s:\ngot  %s\nwant %s", tt.service, got, tt.want)
		}
	}
}
