package file

// PresetUse is one entry of presets: which preset, and its parameters.
type PresetUse struct {
	// The preset's name: one that comes with reconciler, or the path of a file below presets/ without its .yaml.
	Use V[string] `json:"use" jsonschema:"required,minLength=1,example=vocareum/advanced,example=flexera"`
	// The values of the preset's parameters, by name. `reconciler presets show NAME` lists them.
	With V[Map[Any]] `json:"with"`
}

// Preset is a preset file: what a vendor asks of a payer, with parameters.
// ${{ with.NAME }} stands for a parameter in any text behind parameters.
type Preset struct {
	// The version of this format.
	APIVersion V[string] `json:"apiVersion" jsonschema:"required,enum=reconciler/v1"`
	// What the file is.
	Kind V[string] `json:"kind" jsonschema:"required,enum=Preset"`
	// The preset's name: its path below presets/ without .yaml.
	Name V[string] `json:"name" jsonschema:"required,pattern=^[a-z0-9][a-z0-9._-]*(/[a-z0-9][a-z0-9._-]*)*$,example=vocareum/advanced"`
	// The vendor whose demands the preset meets.
	Vendor V[string] `json:"vendor" jsonschema:"required,minLength=1"`
	// What the preset makes of a payer, in a sentence.
	Description V[string] `json:"description" jsonschema:"required,minLength=1"`
	// The parameters by name.
	Parameters V[Map[Parameter]] `json:"parameters"`
	// What becomes part of the payer file, in its form. The payer's identity, access, safety and presets are its own.
	Body V[Raw] `json:"body" jsonschema:"required"`
	// The fields of the vendor's form.
	Form List[PresetField] `json:"form"`
	// What the customer writes to the vendor.
	Mail V[PresetMail] `json:"mail"`
	// What only a person can do.
	Steps List[PresetStep] `json:"steps"`
	// The lines of the checklist that the tool can answer by itself.
	Checks List[PresetCheck] `json:"checks"`
	// Names of roles whose sign-in link is handed out.
	Links List[string] `json:"links"`
	// The call that makes the vendor know the payer. It is made by hand only, by an operator.
	Register V[PresetRegister] `json:"register"`
}

// Parameter is one parameter of a preset.
type Parameter struct {
	// The type of its value. A selector picks accounts: {pools: […], ous: […], accounts: […], payer: true}.
	Type V[string] `json:"type" jsonschema:"required,enum=string,enum=integer,enum=boolean,enum=list,enum=selector"`
	// What it is for.
	Description V[string] `json:"description" jsonschema:"required,minLength=1"`
	// Whether every use must give it.
	Required V[bool] `json:"required"`
	// Its value where a use does not give it. Without one, what consists of the parameter alone is left out.
	Default V[Any] `json:"default"`
	// The regular expression (RE2) that a text, or each entry of a list, must match.
	Pattern V[string] `json:"pattern"`
	// The values that a text, or each entry of a list, may have.
	Enum List[string] `json:"enum"`
	// The least integer, or the least number of entries of a list.
	Minimum V[int] `json:"minimum"`
	// The greatest integer, or the greatest number of entries of a list.
	Maximum V[int] `json:"maximum"`
	// A value as a user would give it.
	Example V[Any] `json:"example"`
}

// PresetField is one field of the vendor's form.
type PresetField struct {
	// The condition under which it stands here: NAME, !NAME, NAME == VALUE or NAME != VALUE of a parameter.
	When V[string] `json:"$when"`
	// The field's label in the form.
	Label V[string] `json:"label" jsonschema:"required,minLength=1"`
	// What to put in.
	Value V[string] `json:"value" jsonschema:"required"`
	// What to know about it.
	Note V[string] `json:"note"`
}

// PresetMail is what the customer writes to the vendor.
type PresetMail struct {
	// The condition under which it stands here.
	When V[string] `json:"$when"`
	// The address. Without it the handoff names no address.
	To V[string] `json:"to" jsonschema:"minLength=1"`
	// The subject.
	Subject V[string] `json:"subject" jsonschema:"required,minLength=1"`
	// The text.
	Body V[string] `json:"body" jsonschema:"required,minLength=1"`
}

// PresetStep is what only a person can do.
type PresetStep struct {
	// The condition under which it stands here.
	When V[string] `json:"$when"`
	// What is done by it.
	Title V[string] `json:"title" jsonschema:"required,minLength=1"`
	// How: where to click, or whom to ask.
	Do V[string] `json:"do" jsonschema:"required,minLength=1"`
	// The page to begin on.
	URL V[string] `json:"url" jsonschema:"pattern=^https://"`
}

// PresetCheck is one line of the checklist.
type PresetCheck struct {
	// The condition under which it stands here.
	When V[string] `json:"$when"`
	// What is done once no plan changes what it covers.
	Title V[string] `json:"title" jsonschema:"required,minLength=1"`
	// The objects it stands for: KIND, KIND/NAME, or KIND/* for all that the file names of a kind.
	Covers List[string] `json:"covers" jsonschema:"required"`
}

// PresetRegister is the call that makes a vendor know the payer.
type PresetRegister struct {
	// The condition under which it stands here.
	When V[string] `json:"$when"`
	// The method.
	Method V[string] `json:"method" jsonschema:"required,enum=POST,enum=PUT"`
	// The address: https on host.
	URL V[string] `json:"url" jsonschema:"required,pattern=^https://"`
	// The only host that the call may go to.
	Host V[string] `json:"host" jsonschema:"required,pattern=^[a-z0-9.-]+$"`
	// Headers beside the token's.
	Headers V[Map[string]] `json:"headers"`
	// The fields of the JSON object that is sent.
	Body V[Map[string]] `json:"body" jsonschema:"required"`
}
