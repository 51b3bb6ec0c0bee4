package iampolicy

import "testing"

func TestMinify(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"white space outside strings", "{ \"a b\" :\t[ 1 ,\r\n2 ] }\n", `{"a b":[1,2]}`},
		{"white space inside strings", `{"a": " x  y "}`, `{"a":" x  y "}`},
		{"quotes and backslashes", `{"a": "\" \\" , "b": "\\\" "}`, `{"a":"\" \\","b":"\\\" "}`},
		{"order, numbers and escapes", `{"b": 1.0E+2, "a": "\u002a\/"}`, `{"b":1.0E+2,"a":"\u002a\/"}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Minify([]byte(tt.in))
			if err != nil || string(got) != tt.want {
				t.Errorf("Minify = %s, %v; want %s", got, err, tt.want)
			}
		})
	}
	if got, err := Minify([]byte(`{"a": }`)); err == nil {
		t.Errorf("Minify of what is not JSON = %s, want an error", got)
	}
}

func TestSizeCountsCharacters(t *testing.T) {
	if got := Size([]byte(`"ü–😀"`)); got != 5 {
		t.Errorf("Size = %d, want 5", got)
	}
}

func TestAllows(t *testing.T) {
	for doc, want := range map[string]bool{
		`{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`:                                                   true,
		`{"Statement":{"Effect":"Allow","Action":"ec2:*","Resource":"*"}}`:                                                 true,
		`{"Statement":[{"Effect":"Deny"},{"Effect":"\u0041llow","Action":["s3:Get*"],"Resource":["*"]}]}`:                  true,
		`%7B%22Statement%22%3A%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22%2A%22%2C%22Resource%22%3A%22%2A%22%7D%7D`: true,
		`{"Statement":{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}}`:                                              true,
		`{"Statement":{"Effect":"Allow","Action":"*","NotResource":"arn:aws:s3:::a"}}`:                                     true,
		`{"Statement":{"Effect":"Allow","NotAction":"*","Resource":"*"}}`:                                                  false,
		`{"Statement":{"Effect":"Allow","NotAction":["iam:*","*:*"],"Resource":"*"}}`:                                      false,
		`{"Statement":{"Effect":"Allow","NotAction":"**","Resource":"*"}}`:                                                 false,
		`{"Statement":{"Effect":"Allow","NotAction":[],"Resource":"*"}}`:                                                   false,
		`{"Statement":{"Effect":"Allow","Action":"*"}}`:                                                                    false,
		`{"Statement":{"Effect":"Allow","Action":"*","Resource":[]}}`:                                                      false,
		`{"Statement":{"Effect":"Allow","Action":"*","NotResource":"*"}}`:                                                  false,
		`{"Statement":{"Effect":"Allow","Action":[],"Resource":"*"}}`:                                                      false,
		`{"Statement":{"Effect":"Allow","Resource":"*"}}`:                                                                  false,
		`{"Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}`:                                                    false,
		`{"Statement":[{"Sid":"Allow","Effect":"allow"}],"Effect":"Allow"}`:                                                false,
		`{"Statement":[]}`: false,
		`{}`:               false,
		`Allow`:            false,
		``:                 false,
	} {
		if got := Allows([]byte(doc)); got != want {
			t.Errorf("Allows(%s) = %t, want %t", doc, got, want)
		}
	}
}
