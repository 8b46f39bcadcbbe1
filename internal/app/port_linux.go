package app

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// portHolder names the process that listens on a port, by the kernel's tables
// of sockets and open files; false when that cannot be seen.
func portHolder(port string) (name string, pid int, ok bool) {
	n, err := strconv.Atoi(port)
	if err != nil {
		return "", 0, false
	}
	inode := ""
	for _, table := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		if inode = listeningInode(table, n); inode != "" {
			break
		}
	}
	if inode == "" {
		return "", 0, false
	}
	links, err := filepath.Glob("/proc/[0-9]*/fd/*")
	if err != nil {
		return "", 0, false
	}
	for _, link := range links {
		if target, err := os.Readlink(link); err != nil || target != "socket:["+inode+"]" {
			continue
		}
		process := strings.Split(link, "/")[2]
		command, err := os.ReadFile("/proc/" + process + "/comm")
		if err != nil {
			return "", 0, false
		}
		pid, err := strconv.Atoi(process)
		return strings.TrimSpace(string(command)), pid, err == nil
	}
	return "", 0, false
}

// listeningInode finds the socket in state LISTEN (0A) on a port.
func listeningInode(table string, port int) string {
	file, err := os.Open(table)
	if err != nil {
		return ""
	}
	defer func() { _ = file.Close() }()
	suffix := fmt.Sprintf(":%04X", port)
	for lines := bufio.NewScanner(file); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		if len(fields) > 9 && strings.HasSuffix(fields[1], suffix) && fields[3] == "0A" {
			return fields[9]
		}
	}
	return ""
}
