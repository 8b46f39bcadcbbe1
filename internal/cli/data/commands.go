package data

// commands are all commands. Groups of one word have a struct of their own.
type commands struct {
	Add         addCommand         `cmd:"" help:"Track data files or directories with DVC."`
	Cache       cacheCommand       `cmd:"" help:"Manage cache settings."`
	CheckIgnore checkIgnoreCommand `cmd:"" help:"Check whether files or directories are excluded due to .dvcignore."`
	Checkout    checkoutCommand    `cmd:"" help:"Checkout data files from cache."`
	Commit      commitCommand      `cmd:"" help:"Record changes to files or directories tracked by DVC by storing the current versions in the cache."`
	Completion  completionCommand  `cmd:"" help:"Generate shell tab completion."`
	Config      configCommand      `cmd:"" help:"Get or set config options."`
	Data        dataCommand        `cmd:"" help:"Commands related to data management."`
	Status      statusCommand      `cmd:"" help:"Show changed stages, compare local cache and a remote storage."`
	Destroy     destroyCommand     `cmd:"" help:"Remove DVC files, local DVC config and data cache."`
	Diff        diffCommand        `cmd:"" help:"Show added, modified, or deleted data between commits, or between a commit and the workspace."`
	Freeze      freezeCommand      `cmd:"" help:"Freeze stages or .dvc files."`
	Unfreeze    unfreezeCommand    `cmd:"" help:"Unfreeze stages or .dvc files."`
	Fsck        fsckCommand        `cmd:"" help:"Look whether all data are there and undamaged, here and in the remote. dvc has no such command."`
	GC          gcCommand          `cmd:"" name:"gc" help:"Garbage collect unused objects from cache or remote storage."`
	GitHook     gitHookCommand     `cmd:"" hidden:"" help:"Run GIT hook."`
	Init        initCommand        `cmd:"" help:"Initialize DVC repository."`
	Install     installCommand     `cmd:"" help:"Install DVC git hooks into the repository."`
	Move        moveCommand        `cmd:"" aliases:"mv" help:"Rename or move a DVC controlled data file or a directory."`
	Remote      remoteCommand      `cmd:"" help:"Set up and manage data remotes."`
	Remove      removeCommand      `cmd:"" aliases:"rm" help:"Remove stages from dvc.yaml and/or stop tracking files or directories."`
	Get         getCommand         `cmd:"" help:"Download file or directory tracked by DVC or by Git."`
	Import      importCommand      `cmd:"" help:"Download file or directory tracked by DVC or by Git into the workspace, and track it."`
	GetURL      getURLCommand      `cmd:"" name:"get-url" help:"Download or copy files from URL."`
	ImportURL   importURLCommand   `cmd:"" name:"import-url" help:"Download or copy file from URL and take it under DVC control."`
	Update      updateCommand      `cmd:"" help:"Update data artifact imported (via import or import-url) from an external DVC repository or URL."`
	ListURL     listURLCommand     `cmd:"" name:"list-url" aliases:"ls-url" help:"List directory contents from URL."`
	List        listCommand        `cmd:"" aliases:"ls" help:"List repository contents, including files and directories tracked by DVC and by Git."`
	Du          duCommand          `cmd:"" help:"Show disk usage."`
	Push        pushCommand        `cmd:"" help:"Upload tracked files or directories to remote storage."`
	Fetch       fetchCommand       `cmd:"" help:"Download files or directories from remote storage to the cache."`
	Pull        pullCommand        `cmd:"" help:"Download tracked files or directories from remote storage."`
	Register    registerCommand    `cmd:"" help:"Tell tacit at which paths and in which commits there are versions that it keeps."`
	Root        rootCommand        `cmd:"" help:"Return the relative path to the root of the DVC project."`
	Unprotect   unprotectCommand   `cmd:"" help:"Unprotect tracked files or directories (when hardlinks or symlinks have been enabled with cache.type)."`
	Version     versionCommand     `cmd:"" aliases:"doctor" help:"Display the version and system/environment information."`
}

// dataCommand is dvc's "data", which has a status of its own.
type dataCommand struct {
	Status dataStatusCommand `cmd:"" help:"Show changes between the last git commit, the dvcfiles and the workspace."`
}
