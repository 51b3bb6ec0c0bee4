package cloud

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/logging"
)

// answerTimeout is how long one try of a call may take. The SDK sets no limit
// of its own, and a connection that died without a word would hold a pass for
// ever.
const answerTimeout = 60 * time.Second

// complete checks the options and fills in what they leave out.
func (o Options) complete() (Options, error) {
	if o.AccountID == "" {
		return o, fmt.Errorf("payer %s: open session: no account id", o.Payer)
	}
	switch o.APIRate {
	case "", "aws", "none":
	default:
		return o, fmt.Errorf("payer %s: API rate %q is neither aws nor none", o.Payer, o.APIRate)
	}
	if o.Region == "" {
		o.Region = homeRegion(o.RoleARN)
	}
	if o.Limits == nil {
		o.Limits = &Limits{}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o, nil
}

// homeRegion is the default home region in the partition of a role.
func homeRegion(roleARN string) string {
	switch {
	case strings.HasPrefix(roleARN, "arn:aws-us-gov:"):
		return "us-gov-west-1"
	case strings.HasPrefix(roleARN, "arn:aws-cn:"):
		return "cn-northwest-1"
	}
	return "us-east-1"
}

// globalRegion is where Organizations, Account Management and the tags of
// organizations live, in the partition of a region.
func globalRegion(region string) string {
	switch {
	case strings.HasPrefix(region, "us-gov-"):
		return "us-gov-west-1"
	case strings.HasPrefix(region, "cn-"):
		return "cn-northwest-1"
	}
	return "us-east-1"
}

// load is the SDK's configuration: the user's own environment and files, or,
// where both the credentials and the transport are given, nothing of them.
//
// The HTTP client is set after loading, because the SDK refuses to load where
// AWS_CA_BUNDLE is set and the client is not its own. So the chain's own calls
// (instance metadata, single sign-on) go over the network even then.
func load(ctx context.Context, o Options) (aws.Config, error) {
	logger := logging.LoggerFunc(func(_ logging.Classification, format string, v ...any) {
		o.Log.Debug("aws sdk", "payer", o.Payer, "text", fmt.Sprintf(format, v...))
	})
	if o.HTTPClient != nil && o.Credentials != nil {
		return aws.Config{
			Region:      o.Region,
			Credentials: aws.NewCredentialsCache(o.Credentials),
			HTTPClient:  o.HTTPClient,
			Logger:      logger,
		}, nil
	}
	fns := []func(*config.LoadOptions) error{
		config.WithRegion(o.Region),
		config.WithLogger(logger),
	}
	switch {
	case o.HTTPClient != nil:
	case o.Network != nil:
		fns = append(fns, config.WithHTTPClient(o.Network.loader))
	default:
		fns = append(fns, config.WithHTTPClient(awshttp.NewBuildableClient().WithTimeout(answerTimeout)))
	}
	if o.Credentials != nil {
		fns = append(fns, config.WithCredentialsProvider(o.Credentials))
	}
	cfg, err := config.LoadDefaultConfig(ctx, fns...)
	if err != nil {
		return aws.Config{}, fmt.Errorf("load AWS configuration: %w", err)
	}
	switch {
	case o.HTTPClient != nil:
		cfg.HTTPClient = o.HTTPClient
	case o.Network != nil:
		cfg.HTTPClient = o.Network.shared(cfg.HTTPClient)
	}
	return cfg, nil
}

// rated decides whether the calls go to AWS itself.
func rated(o Options, cfg aws.Config) bool {
	if o.APIRate != "" {
		return o.APIRate == "aws"
	}
	if o.HTTPClient != nil {
		return false
	}
	endpoint := organizations.NewFromConfig(cfg).Options().BaseEndpoint
	return endpoint == nil || amazonHost(*endpoint)
}

// amazonHost reports whether an endpoint is one of Amazon's own.
func amazonHost(endpoint string) bool {
	u, err := url.Parse(endpoint)
	if err != nil {
		return false
	}
	host := strings.ToLower(u.Hostname())
	for _, domain := range []string{"amazonaws.com", "amazonaws.com.cn", "api.aws"} {
		if strings.HasSuffix(host, "."+domain) {
			return true
		}
	}
	return false
}

// credentialsError says what is wrong with the credentials that a session
// starts from. The chain of the SDK ends at the instance metadata, so an error
// from there means that nothing before it had any.
func credentialsError(ctx context.Context, err error) error {
	var op *smithy.OperationError
	if errors.As(err, &op) && op.ServiceID == "ec2imds" && ctx.Err() == nil {
		return &hinted{
			err:  errors.New("no AWS credentials"),
			hint: "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or sign in with the AWS CLI; a role under `access` is assumed from these",
		}
	}
	return fmt.Errorf("load AWS credentials: %w", &credentialsFailure{err})
}
