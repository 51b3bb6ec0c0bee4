package iampolicy

import "testing"

// TestScopeKeepsEmptyValues: a value that is empty is a value, and one more of
// them makes a Deny reach further.
func TestScopeKeepsEmptyValues(t *testing.T) {
	scope := func(condition string) *Scope {
		t.Helper()
		parts, err := Parts([]byte(`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"ec2:RunInstances","Resource":"*","Condition":` + condition + `}]}`))
		if err != nil || len(parts) != 1 {
			t.Fatalf("%d parts, %v", len(parts), err)
		}
		return &parts[0].Scope
	}
	for _, tt := range []struct {
		name, narrow, wide string
	}{
		{"one more", `{"StringEquals":{"aws:RequestTag/cc":["test"]}}`, `{"StringEquals":{"aws:RequestTag/cc":["test",""]}}`},
		{"another", `{"StringEquals":{"aws:RequestTag/cc":"test"}}`, `{"StringEquals":{"aws:RequestTag/cc":""}}`},
		{"one less of a negated operator", `{"StringNotEquals":{"aws:RequestTag/cc":["test",""]}}`, `{"StringNotEquals":{"aws:RequestTag/cc":["test"]}}`},
	} {
		if scope(tt.wide).Within(scope(tt.narrow)) {
			t.Errorf("%s: %s is taken to lie within %s", tt.name, tt.wide, tt.narrow)
		}
		if !scope(tt.narrow).Within(scope(tt.narrow)) {
			t.Errorf("%s: %s is not taken to lie within itself", tt.name, tt.narrow)
		}
	}
}
