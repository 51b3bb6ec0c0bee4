package file

// Lint is which findings of lint a payer does without.
type Lint struct {
	// What is switched off, each with the reason.
	Off List[LintOff] `json:"off"`
}

// LintOff switches one rule off.
type LintOff struct {
	// The rule. `reconciler validate --help` lists them.
	Rule V[string] `json:"rule" jsonschema:"required,enum=conditions-are-anded,enum=never-matches,enum=retired-action-prefix,enum=duplicate-statements,enum=notaction-with-allow,enum=size-over-90,enum=attached-nowhere"`
	// The policy that it is switched off for: its name, or TYPE:NAME. Without it, all policies of the file.
	Policy V[string] `json:"policy" jsonschema:"minLength=1"`
	// Why.
	Reason V[string] `json:"reason" jsonschema:"required,minLength=1,maxLength=500,example=as the vendor ships it"`
}
