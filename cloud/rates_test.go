package cloud

import (
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/account"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	"github.com/aws/aws-sdk-go-v2/service/servicequotas"
)

func TestRateOf(t *testing.T) {
	got, ok := RateOf("CreateAccount")
	if want := (Rate{PerSecond: 0.1, Burst: 3}); !ok || got != want {
		t.Errorf("RateOf(CreateAccount) = %v, %v, want %v", got, ok, want)
	}
	if got, _ := RateOf("PutAlternateContact"); got != (Rate{PerSecond: 5, Burst: 8}) {
		t.Errorf("RateOf(PutAlternateContact) = %v", got)
	}
	if _, ok := RateOf("CreateUnicorn"); ok {
		t.Error("RateOf(CreateUnicorn) gives a rate")
	}
	services := []string{organizations.ServiceID, account.ServiceID, resourcegroupstaggingapi.ServiceID, servicequotas.ServiceID}
	for op, r := range rates() {
		if !slices.Contains(services, r.service) {
			t.Errorf("%s: no client has the service id %q", op, r.service)
		}
		if r.PerSecond <= 0 || r.Burst < 1 {
			t.Errorf("%s: rate %v", op, r.Rate)
		}
	}
}
