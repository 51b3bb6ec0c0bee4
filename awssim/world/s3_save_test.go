package world

import (
	"bytes"
	"testing"
	"time"
)

const delivery = `{"Statement":[{"Effect":"Allow","Principal":{"Service":"billingreports.amazonaws.com"},"Action":"s3:*","Resource":["arn:aws:s3:::acme-billing","arn:aws:s3:::acme-billing/*"]}]}`

// TestSavedBuckets writes buckets, reports and quotas down, reads them, and
// lets both worlds go on.
func TestSavedBuckets(t *testing.T) {
	w := New(Config{Quota: 10, QuotaTime: time.Hour, BucketTime: time.Hour})
	w.SetNow(noon)
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	who := Caller{Account: payer, Arn: "arn:aws:iam::" + payer + ":user/sandbox"}
	ask := Ask{Caller: who, Bucket: "acme-billing", Region: home}
	ok(only(w.CreateBucket(ask, NewBucket{Tags: []Tag{{"a", "b"}}})))
	ok(w.PutBucketPolicy(ask, delivery))
	days, prefix := 9, ""
	ok(w.PutBucketLifecycleConfiguration(ask, Lifecycle{[]LifecycleRule{{Status: "Enabled", Prefix: &prefix, Expiration: &LifecycleExpiration{Days: &days}}}}))
	object := ask
	object.Key = "a/b"
	ok(only(w.PutObject(object, Object{Body: []byte{0, 1, 255}}, If{})))
	gone := ask
	gone.Bucket = "gone-bucket"
	ok(only(w.CreateBucket(gone, NewBucket{})))
	ok(w.DeleteBucket(gone))
	ok(w.PutReportDefinition(payer, Report{ReportName: "bills", TimeUnit: "DAILY", Format: "Parquet", Compression: "Parquet", S3Bucket: "acme-billing", S3Region: home}, nil))
	ok(only(w.RequestServiceQuotaIncrease(who, home, "organizations", quotaCode, 20)))
	w.SetNow(noon.Add(90 * time.Minute))

	before, err := w.MarshalJSON()
	ok(err)
	read, err := Read(before, w.cfg)
	ok(err)
	for _, x := range []*World{w, read, w.Clone()} {
		after, err := x.MarshalJSON()
		ok(err)
		if !bytes.Equal(before, after) {
			t.Errorf("saved, read and saved again differs:\n%s\n%s", before, after)
		}
		x.SetNow(noon.Add(3 * time.Hour))
		if got := x.quotaOf(payer); got != 20 {
			t.Errorf("the quota is %d, want 20", got)
		}
		o, err := x.GetObject(object, If{})
		if err != nil || !bytes.Equal(o.Body, []byte{0, 1, 255}) {
			t.Errorf("the object is %v %v", o, err)
		}
		if got := verdict(x.PutReportDefinition(payer, Report{ReportName: "bills"}, nil)); got != "DuplicateReportNameException" {
			t.Errorf("the report twice: %s", got)
		}
		if got, _ := x.GetResources(payer, Wanted{Region: home, Types: []string{"s3"}}, whole); len(got) != 1 {
			t.Errorf("tagged buckets: %v", got)
		}
	}
}

// TestBrokenBuckets reads what no world has written, and does not fall over it.
func TestBrokenBuckets(t *testing.T) {
	for text, want := range map[string]bool{
		`{"version":1,"s3":{"buckets":[null]}}`:                                                       false,
		`{"version":1,"s3":{"buckets":[{"Name":"a"},{"Name":"a"}]}}`:                                  false,
		`{"version":1,"s3":{"buckets":[{"Name":"abc","Owner":"111122223333","Region":"us-east-1"}]}}`: true,
		`{"version":1,"reports":[null],"quotas":{"requests":[null]}}`:                                 true,
	} {
		w, err := Read([]byte(text), Config{Quota: 10})
		if (err == nil) != want {
			t.Errorf("%s: %v", text, err)
		}
		if err != nil {
			continue
		}
		ask := Ask{Caller: Caller{Account: payer}, Bucket: "abc", Region: home, Key: "k"}
		w.PutObject(ask, Object{}, If{})
		w.GetObject(ask, If{})
		w.DescribeReportDefinitions(payer, whole)
	}
}
