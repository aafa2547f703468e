package httpreusetrace

import (
	"net/http"
	"path"
	"path/filepath"
	"reflect"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
)

// Skip names functions that are no call sites, by the beginnings of their names: the program's own
// layer above net/http, as in "main.(*client)." or "example.com/shop/api.". It is to be set before
// the first request.
var Skip []string

// deepest is how many functions of the stack are looked at.
const deepest = 64

// callSite names the line of the program's own code that made the present request: the innermost
// one outside of net/http and of any RoundTripper below it. A library's line is named only where no
// code of the program's module is on the stack.
func callSite() (site, function string) {
	var stack [deepest]uintptr
	frames := runtime.CallersFrames(stack[:runtime.Callers(1, stack[:])])
	return siteOf(allFrames(frames), mainModule())
}

func allFrames(frames *runtime.Frames) []runtime.Frame {
	var all []runtime.Frame
	for {
		frame, more := frames.Next()
		if frame.Function != "" {
			all = append(all, frame)
		}
		if !more {
			return all
		}
	}
}

// siteOf chooses among frames, innermost first.
func siteOf(frames []runtime.Frame, module string) (site, function string) {
	callers := withoutSkipped(frames[callerOfClient(frames):])
	for _, frame := range callers {
		if isOwn(frame, module) {
			return place(frame, module), frame.Function
		}
	}
	for _, frame := range callers {
		if !isStandard(frame) {
			return place(frame, module), frame.Function
		}
	}
	return "", ""
}

// withoutSkipped leaves out what Skip names, unless nothing else would be left.
func withoutSkipped(frames []runtime.Frame) []runtime.Frame {
	var kept []runtime.Frame
	for _, frame := range frames {
		if !isSkipped(frame.Function) {
			kept = append(kept, frame)
		}
	}
	if len(kept) == 0 {
		return frames
	}
	return kept
}

func isSkipped(function string) bool {
	for _, beginning := range Skip {
		if strings.HasPrefix(function, beginning) {
			return true
		}
	}
	return false
}

// callerOfClient returns the index of the first frame outside of http.Client, whose Do calls all
// RoundTrippers; where a RoundTripper is called by itself, of the first outside of this package.
func callerOfClient(frames []runtime.Frame) int {
	const client = "net/http.(*Client)."
	isHere := func(i int) bool { return packageOf(frames[i].Function) == here }
	i := 0
	for i < len(frames) && isHere(i) {
		i++
	}
	for j := i; j < len(frames); j++ {
		if strings.HasPrefix(frames[j].Function, client) {
			for j < len(frames) && packageOf(frames[j].Function) == "net/http" {
				j++
			}
			return j
		}
	}
	return i
}

// here is the path of this package, wherever it was copied to.
var here = func() string {
	pc, _, _, _ := runtime.Caller(0)
	return packageOf(runtime.FuncForPC(pc).Name())
}()

// packageOf returns the path of a function's package: "a.b/c" of "a.b/c.(*T).F.func1".
func packageOf(function string) string {
	slash := strings.LastIndexByte(function, '/') + 1
	name, _, _ := strings.Cut(function[slash:], ".")
	return function[:slash] + name
}

// isOwn: of the program's module; where it does not say which that is, as up to Go 1.23 no test does,
// of none that was downloaded.
func isOwn(frame runtime.Frame, module string) bool {
	pkg := packageOf(frame.Function)
	if pkg == "main" {
		return true
	}
	if module == "" {
		return !isStandard(frame) && !strings.Contains(frame.File, "@v") &&
			!strings.Contains(frame.File, "/vendor/")
	}
	return pkg == module || strings.HasPrefix(pkg, module+"/")
}

// standard is the folder of the standard library's files; "" where -trimpath took it away.
var standard = func() string {
	get := runtime.FuncForPC(reflect.ValueOf(http.Get).Pointer())
	file, _ := get.FileLine(get.Entry())
	root, _, _ := strings.Cut(file, "net/http/")
	return root
}()

// isStandard: the library's packages have no dot before their first slash. Those of a module that has
// none either lie elsewhere.
func isStandard(frame runtime.Frame) bool {
	first, _, _ := strings.Cut(packageOf(frame.Function), "/")
	return !strings.Contains(first, ".") && (frame.File == "" || strings.HasPrefix(frame.File, standard))
}

// place is "main.go:42", with the folder inside of the module where the frame tells it.
func place(frame runtime.Frame, module string) string {
	folder := packageOf(frame.Function)
	file := path.Base(filepath.ToSlash(frame.File))
	switch {
	case folder == "main":
		folder = ""
		if strings.HasPrefix(frame.File, module+"/") { // built with -trimpath
			folder = path.Dir(frame.File[len(module)+1:])
		}
	case folder == module:
		folder = ""
	case module == "":
		folder = path.Base(folder)
	default:
		folder = strings.TrimPrefix(folder, module+"/")
	}
	return path.Join(folder, file) + ":" + strconv.Itoa(frame.Line)
}

var (
	module     string
	moduleOnce sync.Once
)

// mainModule is the path of the module that the program was built of, if it says so.
func mainModule() string {
	moduleOnce.Do(func() {
		if info, ok := debug.ReadBuildInfo(); ok {
			module = info.Main.Path
		}
	})
	return module
}
