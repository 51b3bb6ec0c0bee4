package spec

import (
	"regexp"
	"slices"
	"strings"

	"github.com/payer-reconciler/reconciler/spec/file"
	"github.com/payer-reconciler/reconciler/strictyaml"
)

// The patterns are those of the service model of cur (ReportName, S3Prefix).
var (
	reportName   = regexp.MustCompile(`^[0-9A-Za-z!_.*'()-]{1,256}$`)
	reportPrefix = regexp.MustCompile(`^[0-9A-Za-z!_.*'()/-]{1,256}$`)
)

// ReportRegion is the one region where billing reports are made, in the
// partition of a region (botocore's endpoints of cur, 2026; GovCloud has none
// there, and the region is that of its other global services).
func ReportRegion(region string) string {
	switch {
	case strings.HasPrefix(region, "cn-"):
		return "cn-northwest-1"
	case strings.HasPrefix(region, "us-gov-"):
		return "us-gov-west-1"
	}
	return "us-east-1"
}

// reports reads the billing reports; each adds to the policy of its bucket what
// AWS needs to deliver it.
func (b *builder) reports() {
	first := map[string]int{}
	for _, v := range b.f.BillingReports.Value {
		f := v.Value
		r := BillingReport{Pos: pos(v.At), Name: b.plain(f.Name, ""), Bucket: b.plain(f.Bucket, ""), Prefix: "cur", TimeUnit: "DAILY",
			Refresh: !f.Refresh.Set() || f.Refresh.Value, Tags: b.tags(f.Tags, "", ownTags), Adopt: adoption(f.Adopt)}
		if b.fits(f.Name.At) {
			switch line := first[r.Name]; {
			case !reportName.MatchString(r.Name):
				b.add(f.Name.At, "want the name of a report: 1 to 256 letters, digits or !-_.*'(); have %q", strictyaml.Shown(r.Name))
			case line > 0:
				b.add(f.Name.At, "a second report %q, the first is on line %d", strictyaml.Shown(r.Name), line)
			}
			first[r.Name] = v.Line
		}
		if b.fits(f.Prefix.At) {
			if r.Prefix = b.plain(f.Prefix, ""); b.fits(f.Prefix.At) && !reportPrefix.MatchString(r.Prefix) {
				b.add(f.Prefix.At, "want 1 to 256 letters, digits or !-_.*'()/; have %q", strictyaml.Shown(r.Prefix))
			}
		}
		if b.fits(f.TimeUnit.At) {
			r.TimeUnit = b.oneOf(f.TimeUnit, "HOURLY", "DAILY", "MONTHLY")
		}
		b.reportFiles(f, &r)
		if b.fits(f.Bucket.At) {
			if i, ok := b.buckets[r.Bucket]; ok {
				r.Region = b.p.Buckets[i].Region
				b.delivery(f.Bucket.At, &b.p.Buckets[i])
			} else if b.full() {
				b.add(f.Bucket.At, "no bucket %q in buckets", strictyaml.Shown(r.Bucket))
			} else {
				b.add(f.Bucket.At, "no bucket %q in buckets%s", strictyaml.Shown(r.Bucket), strictyaml.Meant(r.Bucket, b.named("bucket")))
			}
		}
		b.p.BillingReports = append(b.p.BillingReports, r)
	}
}

// reportFiles reads what the files of a report are like. Which of it goes
// together is AWS's choice: Parquet is a format and a compression, and ATHENA
// stands alone and reads Parquet that is overwritten.
func (b *builder) reportFiles(f file.BillingReport, r *BillingReport) {
	r.Format, r.Versioning = "textORcsv", "OVERWRITE_REPORT"
	if b.fits(f.Format.At) {
		r.Format = b.oneOf(f.Format, "textORcsv", "Parquet")
	}
	if r.Compression = "GZIP"; r.Format == "Parquet" {
		r.Compression = "Parquet"
	}
	if v := f.Compression; b.fits(v.At) {
		r.Compression = b.oneOf(v, "GZIP", "ZIP", "Parquet")
		if (r.Compression == "Parquet") != (r.Format == "Parquet") {
			b.add(v.At, "the format %s is not compressed as %s: GZIP or ZIP with textORcsv, Parquet with Parquet", r.Format, r.Compression)
		}
	}
	if b.fits(f.Versioning.At) {
		r.Versioning = b.oneOf(f.Versioning, "CREATE_NEW_REPORT", "OVERWRITE_REPORT")
	}
	r.Elements = b.words(f.Elements, "RESOURCES", "SPLIT_COST_ALLOCATION_DATA", "MANUAL_DISCOUNT_COMPATIBILITY")
	r.Artifacts = b.words(f.Artifacts, "REDSHIFT", "QUICKSIGHT", "ATHENA")
	switch athena := slices.Contains(r.Artifacts, "ATHENA"); {
	case athena && len(r.Artifacts) > 1:
		b.add(f.Artifacts.At, "ATHENA takes no other artifact beside it")
	case athena && r.Format != "Parquet":
		b.add(f.Artifacts.At, "ATHENA reads the format Parquet, not %s", r.Format)
	case athena && r.Versioning != "OVERWRITE_REPORT":
		b.add(f.Artifacts.At, "ATHENA reads a report with versioning OVERWRITE_REPORT, not %s", r.Versioning)
	case !athena && len(r.Artifacts) > 0 && r.Format == "Parquet":
		b.add(f.Artifacts.At, "%s reads the format textORcsv, not Parquet", r.Artifacts[0])
	}
}

// words reads a list of words, each of which stands once.
func (b *builder) words(list file.List[string], words ...string) []string {
	var all []string
	for _, n := range b.names(list, func(at file.At, s string) { b.oneOf(file.V[string]{At: at, Value: s}, words...) }) {
		all = append(all, n.Value)
	}
	return all
}
