// The islands of every page. Each adds to what the server wrote and none is
// needed to read it.
import "./served";
import "./hash";
import "./copy";
import "./keys";
import "./select";
import "./chart";
import "./live";
import "./graph";
