package cloud

import (
	_ "embed"
	"encoding/json"
	"sync"
)

// Rate is AWS's token bucket of one operation in one account: calls a second
// in the long run, and how many at once.
type Rate struct {
	PerSecond float64 `json:"perSecond"`
	Burst     int     `json:"burst"`
}

// published is a rate with the service that it is of, as the SDK calls it.
type published struct {
	Rate
	service string
}

//go:embed rates.json
var ratesJSON []byte

var rates = sync.OnceValue(func() map[string]published {
	var file struct {
		Rates []struct {
			Service    string   `json:"service"`
			Operations []string `json:"operations"`
			Rate
		} `json:"rates"`
	}
	if err := json.Unmarshal(ratesJSON, &file); err != nil {
		panic("read rates.json: " + err.Error())
	}
	all := map[string]published{}
	for _, r := range file.Rates {
		for _, op := range r.Operations {
			all[op] = published{r.Rate, r.Service}
		}
	}
	return all
})

// RateOf gives AWS's published rate of an operation, and whether one is
// published. Source and date are in rates.json.
func RateOf(operation string) (Rate, bool) {
	r, ok := rates()[operation]
	return r.Rate, ok
}
