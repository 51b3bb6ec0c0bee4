package tools

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// Terraform is a Terraform that can load its AWS provider without a network.
type Terraform struct{ program, mirror string }

// FindTerraform finds the program, and a folder with the AWS provider.
func FindTerraform() (*Terraform, error) {
	program, err := Program("terraform")
	if err != nil {
		return nil, err
	}
	dir := mirror()
	if dir == "" {
		return nil, &Missing{"the AWS provider of terraform"}
	}
	return &Terraform{program, dir}, nil
}

// A Workspace is a folder with Terraform's configuration, initialized.
type Workspace struct {
	tf  *Terraform
	dir string
	env []string
}

// Workspace puts a configuration into dir and initializes it. The environment
// says where AWS is.
func (tf *Terraform) Workspace(ctx context.Context, dir, config string, env []string) (*Workspace, error) {
	rc := filepath.Join(dir, "terraform.rc")
	text := fmt.Sprintf("provider_installation {\n  filesystem_mirror {\n    path = %q\n  }\n}\n", tf.mirror)
	if err := os.WriteFile(rc, []byte(text), 0o600); err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(dir, "main.tf"), []byte(config), 0o600); err != nil {
		return nil, err
	}
	env = append(env, "TF_CLI_CONFIG_FILE="+rc, "TF_IN_AUTOMATION=1", "CHECKPOINT_DISABLE=1",
		"TF_DATA_DIR="+filepath.Join(dir, ".terraform"))
	w := &Workspace{tf, dir, env}
	if _, err := w.Run(ctx, "init", "-input=false"); err != nil {
		return nil, err
	}
	return w, nil
}

// Run runs Terraform, and gives what it says. The error, too, has it.
func (w *Workspace) Run(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, w.tf.program, append(args, "-no-color")...)
	cmd.Dir, cmd.Env = w.dir, w.env
	out, err := cmd.CombinedOutput()
	if err != nil {
		err = fmt.Errorf("terraform %s: %w\n%s", strings.Join(args, " "), err, out)
	}
	return string(out), err
}

// mirror finds a folder that holds providers by the name of their registry:
// first where Terraform itself looks, then, not too deep, where people put such
// things. It is "" where there is none with the AWS provider.
func mirror() string {
	for _, p := range configured() {
		if p != "" && hasProvider(p) {
			return p
		}
	}
	home, _ := os.UserHomeDir()
	for _, top := range []string{"/opt", "/usr", "/home", "/var/lib", "/srv", home} {
		if found := search(top); found != "" {
			return found
		}
	}
	return ""
}

// configured are the folders where Terraform looks by itself.
func configured() []string {
	home, _ := os.UserHomeDir()
	places := []string{filepath.Join(home, ".terraform.d", "plugins"), os.Getenv("TF_PLUGIN_CACHE_DIR")}
	for _, file := range []string{os.Getenv("TF_CLI_CONFIG_FILE"), filepath.Join(home, ".terraformrc")} {
		text, _ := os.ReadFile(file) // where there is none, it names nothing
		for _, m := range regexp.MustCompile(`path\s*=\s*"([^"]+)"`).FindAllSubmatch(text, -1) {
			places = append(places, string(m[1]))
		}
	}
	data := os.Getenv("XDG_DATA_DIRS")
	if data == "" {
		data = "/usr/local/share:/usr/share"
	}
	for _, d := range append(filepath.SplitList(data), filepath.Join(home, ".local", "share"), os.Getenv("XDG_DATA_HOME")) {
		places = append(places, filepath.Join(d, "terraform", "plugins"))
	}
	return places
}

// origin is the folder in a mirror that is named after where its providers
// come from; Terraform's own name for them begins with it.
const origin = "registry.terraform.io"

func hasProvider(dir string) bool {
	got, _ := filepath.Glob(filepath.Join(dir, origin, "hashicorp", "aws", "*"))
	return len(got) > 0
}

// search looks for a mirror five levels deep.
func search(top string) (found string) {
	_ = filepath.WalkDir(top, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil || !d.IsDir():
			return nil
		case d.Name() == origin && hasProvider(filepath.Dir(path)):
			found = filepath.Dir(path)
			return fs.SkipAll
		case strings.Count(strings.TrimPrefix(path, top), string(filepath.Separator)) > 5:
			return fs.SkipDir
		}
		return nil
	})
	return found
}
