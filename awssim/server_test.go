package awssim_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"
	tagapi "github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"

	"github.com/payer-reconciler/reconciler/awssim"
)

func TestManyClientsAtOnce(t *testing.T) {
	r := newRig(t, awssim.Options{LagReads: 2})
	root := r.start()
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 20 {
				if err := r.newUnit(root, fmt.Sprint(i, "-", j)); err != nil {
					t.Error(err)
				}
				r.listed()
			}
		})
	}
	wg.Wait()
	seen := map[string]bool{}
	for range 3 { // the last of these lists no longer lags
		clear(seen)
		p := organizations.NewListOrganizationalUnitsForParentPaginator(r.org, &organizations.ListOrganizationalUnitsForParentInput{ParentId: &root})
		for p.HasMorePages() {
			for _, u := range must[*organizations.ListOrganizationalUnitsForParentOutput](t)(p.NextPage(r.ctx)).OrganizationalUnits {
				seen[*u.Id] = true
			}
		}
	}
	if len(seen) != 160 {
		t.Errorf("%d units, want 160", len(seen))
	}
}

func TestIDsRepeatFromRunToRun(t *testing.T) {
	run := func() string {
		r := newRig(t, awssim.Options{})
		root := r.start()
		return root + r.unit(root, "Labs") + r.create("a")
	}
	if a, b := run(), run(); a != b {
		t.Errorf("%s, then %s", a, b)
	}
}

func TestEmptyPageOfResources(t *testing.T) {
	r := newRig(t, awssim.Options{})
	root := r.start()
	_ = must[*organizations.TagResourceOutput](t)(r.org.TagResource(r.ctx, &organizations.TagResourceInput{ResourceId: &root, Tags: []types.Tag{{Key: aws.String("a"), Value: aws.String("b")}}}))
	r.sim.Inject(awssim.Fault{Operation: "GetResources", Nth: 1, Kind: awssim.EmptyPage})
	out := must[*tagapi.GetResourcesOutput](t)(r.tags.GetResources(r.ctx, &tagapi.GetResourcesInput{}))
	if aws.ToString(out.PaginationToken) == "" || len(out.ResourceTagMappingList) != 0 {
		t.Errorf("the empty page: %+v", out)
	}
	out = must[*tagapi.GetResourcesOutput](t)(r.tags.GetResources(r.ctx, &tagapi.GetResourcesInput{PaginationToken: out.PaginationToken}))
	if aws.ToString(out.PaginationToken) != "" || len(out.ResourceTagMappingList) != 1 {
		t.Errorf("the page behind it: %+v", out)
	}
}

// A tag has a key and a value, which may be empty; clients of AWS's own cannot
// leave one out, others can.
func TestWholeTags(t *testing.T) {
	sim := awssim.New(awssim.Options{})
	on(t, sim, "111122223333").start()
	for tag, want := range map[string]int{
		`{"Key":"a","Value":""}`: 200, `{"Key":"a","Value":null}`: 400, `{"Key":"a"}`: 400, `{"Value":"a"}`: 400, `{"Key":"a","Value":1}`: 400, `null`: 400,
	} {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(`{"ResourceId":"111122223333","Tags":[`+tag+`]}`))
		r.Header.Set("X-Amz-Target", "AWSOrganizationsV20161128.TagResource")
		r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIAX/20260101/us-east-1/organizations/aws4_request, x")
		w := httptest.NewRecorder()
		if sim.ServeHTTP(w, r); w.Code != want {
			t.Errorf("%s: %d %s, want %d", tag, w.Code, w.Body, want)
		}
	}
}

// FuzzServe sends anything to every operation: the answer is never a panic,
// and a 5xx only where STS would say so.
func FuzzServe(f *testing.F) {
	for _, seed := range [][2]string{
		{"CreateOrganization", `{"FeatureSet":"ALL"}`}, {"ListAccounts", `{"MaxResults":1,"NextToken":"e."}`},
		{"CreatePolicy", `{"Name":"n","Description":"","Type":"SERVICE_CONTROL_POLICY","Content":"{\"Statement\":null}"}`},
		{"ListChildren", `{"ParentId":"r-abcd","ChildType":"ACCOUNT","NextToken":"TGlzdENoaWxkcmVuLzE"}`},
		{"TagResource", `{"ResourceId":"111122223333","Tags":[{"Key":"a","Value":null}]}`}, {"MoveAccount", `[]`},
	} {
		f.Add(seed[0], seed[1])
	}
	sim := awssim.New(awssim.Options{})
	f.Fuzz(func(t *testing.T, op, body string) {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
		r.Header.Set("X-Amz-Target", "AWSOrganizationsV20161128."+op)
		r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIAX/20260101/us-east-1/organizations/aws4_request, x")
		w := httptest.NewRecorder()
		sim.ServeHTTP(w, r)
		if w.Code >= 500 {
			t.Errorf("%s %s: %d %s", op, body, w.Code, w.Body)
		}
	})
}
