package main

import (
	"os"

	"github.com/payer-reconciler/reconciler/daemon/config"
)

// underService is what systemd gives to reconciler.service and a person's shell
// does not have.
var underService = map[string]string{
	"CREDENTIALS_DIRECTORY":   "/run/credentials/reconciler.service",
	"STATE_DIRECTORY":         "/var/lib/reconciler",
	"LOGS_DIRECTORY":          "/var/log/reconciler",
	"CONFIGURATION_DIRECTORY": "/etc/reconciler",
}

// loadServed reads the config of a daemon that runs elsewhere on this machine. One
// that needs the environment of the service is read as the service reads it.
func loadServed(file string) (*config.Config, error) {
	cfg, err := config.Load(file, os.Getenv)
	if err == nil {
		return cfg, nil
	}
	served, again := config.Load(file, func(name string) string {
		if v := os.Getenv(name); v != "" {
			return v
		}
		return underService[name]
	})
	if again != nil {
		return nil, again
	}
	return served, nil
}
