package schema

import _ "embed"

//go:embed plan.schema.json
var plan []byte

// Plan is the JSON Schema of what plan and apply write with --format json. The
// caller owns the bytes.
func Plan() []byte { return append([]byte(nil), plan...) }
