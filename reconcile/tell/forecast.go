package tell

import (
	"github.com/payer-reconciler/reconciler/forecast"
	"github.com/payer-reconciler/reconciler/report"
)

// forecasts are what lands on which day and the room of quotas, as a report has
// them.
func forecasts(f forecast.Forecast) (lands []report.Landing, quotas []report.Headroom) {
	for _, l := range f.Lands {
		lands = append(lands, report.Landing(l))
	}
	for _, q := range f.Quotas {
		quotas = append(quotas, report.Headroom(q))
	}
	return lands, quotas
}
