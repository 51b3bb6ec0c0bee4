package config

import "time"

// Config is what a config file says, its defaults filled in and its paths made
// absolute. Load makes it; nothing changes it afterwards. Listen is "" where it is
// off. Push.Branch is Branch where the file does not name another. Of a local
// config only Path is set in Git, as an absolute path.
//
// The comments of the fields are the descriptions in the JSON Schema.
type Config struct {
	// Where the payer files come from: a repository, or a local folder.
	Git Git `json:"git" jsonschema:"required"`
	// plan only reports what would change; apply changes AWS and commits the CSVs. Default: plan.
	Mode string `json:"mode" jsonschema:"enum=plan,enum=apply,default=plan"`
	// Who does the first apply of a payer: operator waits until somebody ran reconciler apply once, auto goes ahead. Default: operator.
	FirstApply string `json:"firstApply" jsonschema:"enum=operator,enum=auto,default=operator"`
	// The time from one pass over a payer to the next, as in 90s, 5m or 1h30m: 10s at least, 24h at most. Default: 5m.
	Interval time.Duration `json:"interval" jsonschema:"default=5m,example=5m,example=1h30m"`
	// The address of health, metrics, status and webhook as HOST:PORT, or off. Whoever reaches it may read the status, so leave it on loopback or put a proxy before it. Default: 127.0.0.1:9464.
	Listen string `json:"listen" jsonschema:"default=127.0.0.1:9464,example=127.0.0.1:9464,example=off"`
	// A webhook of the git server at POST /webhook. Without it there is none.
	Webhook *Webhook `json:"webhook"`
	// The file with the token for what changes something over HTTP. Without it nothing can be changed over HTTP.
	APITokenFile string `json:"apiTokenFile" kind:"secret" jsonschema:"minLength=1,example=$CREDENTIALS_DIRECTORY/http-token"`
	// How much is done at once.
	Parallelism Parallelism `json:"parallelism"`
	// The folder for the clone, locks and pauses. Default: $STATE_DIRECTORY, else .reconciler in the root of the local folder's repository.
	StateDir string `json:"stateDir" kind:"folder" jsonschema:"minLength=1,example=/var/lib/reconciler"`
	// A file that takes one line of JSON for each write to AWS. Standard output has these lines in any case.
	AuditLog string `json:"auditLog" kind:"log" jsonschema:"minLength=1,example=/var/log/reconciler/audit.jsonl"`
	// Who is told of what happens.
	Notify []Notify `json:"notify"`

	// File is the config file itself, as an absolute path.
	File string `json:"-"`

	from source
}

// Git says where the payer files come from and how to get in.
type Git struct {
	// The repository: https://…, ssh://…, git@HOST:PATH, file:///… or an absolute path. Without it path is a local folder without a remote.
	URL string `json:"url" jsonschema:"minLength=1,example=https://git.example.com/acme/payers.git,example=git@git.example.com:acme/payers.git"`
	// The branch that AWS is kept equal to. Default: main.
	Branch string `json:"branch" jsonschema:"minLength=1,maxLength=244,default=main"`
	// The folder of the payer files, from the root of the repository; without url a local folder. Default with url: the root.
	Path string `json:"path" jsonschema:"minLength=1,example=.,example=payers"`
	// The file with the token for an https repository. $NAME is taken from the environment, here and in every other path.
	TokenFile string `json:"tokenFile" kind:"secret" jsonschema:"minLength=1,example=$CREDENTIALS_DIRECTORY/git-token"`
	// The user name that goes with the token. Default: x-access-token; GitHub and GitLab look at the token alone.
	UserName string `json:"userName" jsonschema:"minLength=1,default=x-access-token"`
	// The file with the private key for an ssh repository.
	SSHKeyFile string `json:"sshKeyFile" kind:"secret" jsonschema:"minLength=1,example=$CREDENTIALS_DIRECTORY/ssh-key"`
	// The file with the keys of the ssh server, in the form of known_hosts.
	KnownHostsFile string `json:"knownHostsFile" kind:"file" jsonschema:"minLength=1,example=$CREDENTIALS_DIRECTORY/known_hosts"`
	// Who the commits of the CSVs are from.
	Author Author `json:"author"`
	// Where commits of the CSVs go.
	Push Push `json:"push"`
	// Whose commits are applied.
	Verify Verify `json:"verify"`
}

// Author is the author of commits.
type Author struct {
	// The author's name. Default: reconciler.
	Name string `json:"name" jsonschema:"minLength=1,default=reconciler"`
	// The author's email. Default: reconciler@localhost.
	Email string `json:"email" jsonschema:"minLength=1,default=reconciler@localhost"`
}

// Push says where commits go.
type Push struct {
	// The branch that the commits of the CSVs are pushed to, for those who protect the other one. Default: git.branch.
	Branch string `json:"branch" jsonschema:"minLength=1,maxLength=244"`
}

// Verify says whose commits are applied.
type Verify struct {
	// Files of public keys: armored OpenPGP, or lines as in authorized_keys or allowed_signers. With them only commits that one of these keys signed are applied.
	Keys []string `json:"keys" kind:"file" jsonschema:"example=/etc/reconciler/signers"`
}

// Webhook is the webhook of a git server.
type Webhook struct {
	// The file with the secret by which calls are known to be the git server's.
	SecretFile string `json:"secretFile" kind:"secret" jsonschema:"required,minLength=1,example=$CREDENTIALS_DIRECTORY/webhook-secret"`
}

// Parallelism says how much is done at once.
type Parallelism struct {
	// Payers at once. Default: 4.
	Payers int `json:"payers" jsonschema:"minimum=1,maximum=64,default=4"`
	// Changes at once in one payer. Default: 8.
	Changes int `json:"changes" jsonschema:"minimum=1,maximum=64,default=8"`
}

// Notify is one place that is told of what happens: either Slack or Webhook is set.
type Notify struct {
	// A webhook that takes Slack's messages, as Slack, Mattermost and Discord (with /slack) have.
	Slack *Target `json:"slack"`
	// A webhook that takes JSON.
	Webhook *Target `json:"webhook"`
	// What it is told: failure, recovery, changes, blocked. Default: all of them.
	On []string `json:"on"`
	// The names of the payers it is told of. Default: all.
	Payers []string `json:"payers"`
}

// Target is where a message goes.
type Target struct {
	// The file with the URL, which is a secret.
	URLFile string `json:"urlFile" kind:"secret" jsonschema:"required,minLength=1,example=$CREDENTIALS_DIRECTORY/slack-url"`
}

// Local says that the payer files are those of a local folder without a remote.
func (c *Config) Local() bool { return c.Git.URL == "" }
