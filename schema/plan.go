package schema

import _ "embed"

//go:embed plan.schema.json
var plan []byte

// Plan is the JSON Schema of what plan and apply write with --format json. The
// caller owns the bytes.
func Plan() []byte { return append([]byte(nil), plan...) }

//go:embed planfile.schema.json
var planfile []byte

// Planfile is the JSON Schema of the file that plan --out writes. The caller
// owns the bytes.
func Planfile() []byte { return append([]byte(nil), planfile...) }
