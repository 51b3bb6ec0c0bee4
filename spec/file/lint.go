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
	// The policy of policies that it is switched off for: its name, or TYPE:NAME. Without policy and object, all documents of the file.
	Policy V[string] `json:"policy" jsonschema:"minLength=1"`
	// What else it is switched off for, with all documents of it: iamPolicy, role, memberRole, group, user or bucket, and the name. A role's are its trust policy and its inline policies.
	Object V[string] `json:"object" jsonschema:"pattern=^(iamPolicy|role|memberRole|group|user|bucket):.,example=role:vendor"`
	// Why.
	Reason V[string] `json:"reason" jsonschema:"required,minLength=1,maxLength=500,example=as the vendor ships it"`
}
