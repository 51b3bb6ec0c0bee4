// Package conform checks what the simulated AWS said against AWS's own service
// models, as botocore carries them.
//
// The simulator records every exchange as a line of JSON to the file that the
// environment variable RECONCILER_AWS_LOG names; check.py reads such files.
// So any test of this module that uses the simulator can be checked:
//
//	RECONCILER_AWS_LOG=/tmp/aws.jsonl go test -count=1 ./...
//	python3 internal/conform/check.py /tmp/aws.jsonl
//
// The test of this package does so for the tests of awssim, and checks the
// checker: each mistake in testdata/mistakes.jsonl must be found.
package conform
