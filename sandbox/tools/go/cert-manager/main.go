// One binary with the four cert-manager programs that its chart starts, chosen by the name it is called with.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	cainjector "github.com/cert-manager/cert-manager/cmd/cainjector/app"
	controller "github.com/cert-manager/cert-manager/cmd/controller/app"
	"github.com/cert-manager/cert-manager/cmd/ctl/pkg/check"
	"github.com/cert-manager/cert-manager/cmd/util"
	webhook "github.com/cert-manager/cert-manager/cmd/webhook/app"
	logf "github.com/cert-manager/cert-manager/pkg/logs"
	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericclioptions"
)

func main() {
	stop, exit := util.SetupExitHandler(util.GracefulShutdown)
	defer exit()

	var command *cobra.Command
	switch name := filepath.Base(os.Args[0]); name {
	case "controller":
		command = controller.NewCommandStartCertManagerController(stop)
	case "webhook":
		command = webhook.NewServerCommand(stop)
	case "cainjector":
		command = cainjector.NewCommandStartInjectorController(stop, os.Stdout, os.Stderr)
	case "ctl":
		command = startupCheck(util.ContextWithStopCh(context.Background(), stop))
	default:
		fmt.Fprintf(os.Stderr, "no cert-manager program is named %q\n", name)
		os.Exit(2)
	}

	logf.InitLogs(flag.CommandLine)
	defer logf.FlushLogs()
	command.Flags().AddGoFlagSet(flag.CommandLine)
	if err := flag.CommandLine.Parse(nil); err != nil {
		panic(err)
	}
	if err := command.Execute(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		util.SetExitCode(err)
	}
}

// startupCheck is the part of cert-manager's own command line that its chart runs after an installation.
func startupCheck(ctx context.Context) *cobra.Command {
	root := &cobra.Command{Use: "cmctl"}
	root.AddCommand(check.NewCmdCheck(ctx, genericclioptions.IOStreams{In: os.Stdin, Out: os.Stdout, ErrOut: os.Stderr}))
	return root
}
