---@meta sluice
-- Types of Sluice's Lua API for editors. Made by lua/meta/generate.lua; change lua/sluice instead.

---The table that a script returns. A hook returns nothing, or what `req:respond()` or `conn:close()` returned; `nil` and a
---message fail it. Every hook may wait.
---@class sluice.Script
---@field on_connect? fun(conn: sluice.Connection): true? a client has connected
---@field on_request? fun(req: sluice.Request): true?, string? the request's head is there
---@field on_request_body? fun(req: sluice.Request, chunk: sluice.Chunk): true?, string? a piece of its body comes by
---@field on_route? fun(req: sluice.Request): true?, string? the time to choose route and upstream
---@field on_balance? fun(req: sluice.Request, group: sluice.Group): true?, string? before each attempt: the time to choose an endpoint
---@field on_upstream_request? fun(req: sluice.Request, up: sluice.UpstreamRequest): true?, string? before each attempt is sent
---@field on_response? fun(req: sluice.Request, res: sluice.Response): true?, string? the response's head is there
---@field on_response_body? fun(req: sluice.Request, res: sluice.Response, chunk: sluice.Chunk): true?, string? a piece of its body comes by
---@field on_error? fun(req: sluice.Request, res: sluice.Response, err: sluice.Fault): true?, string? the gateway itself must answer
---@field on_log? fun(req: sluice.Request, res: sluice.Response) the exchange is over; runs exactly once

---The gateway's own module.
---@class sluice
local sluice = {}

---Wait, while the worker goes on with other requests. Possible in every hook, also inside pcall, metamethods, iterators,
---coroutines and modules that are required there; not while a script is being loaded.
---@param seconds number fractions are milliseconds; 0 lets others go first
function sluice.sleep(seconds) end

---An HTTP request of the script's own, to an upstream of the configuration: one attempt, over the worker's pooled connections. The
---hook waits; for several at once see sluice.spawn.
---@param request sluice.FetchRequest
---@return sluice.FetchResponse? response nil when none came
---@return string? message
---@return string? code a word as in access logs ("connect_failed", "total_timeout", "no_endpoint" ...), or "not_found", "invalid", "too_large"
function sluice.fetch(request) end

---Run a function beside the hook: it runs at once up to its first wait, and goes on while the hook waits, for this or for something
---else. What still runs when its hook ends is ended. An error in it is a warning in the log, and raised by whoever waits for it.
---@param f fun(...): any
---@param ... any its arguments
---@return sluice.Task task
function sluice.spawn(f, ...) end

---Wait for the end of all these tasks.
---@param ... sluice.Task
---@return any ... the first result of each
function sluice.wait(...) end

---@return number seconds Unix time with a fraction
function sluice.now() end

---@return number seconds since some moment in the past; never runs backwards
function sluice.monotonic() end

---A number that is the same for the same text on every worker, machine and version: for stable shares ("10% of the users").
---@param text string
---@return integer hash 0 to 4294967295, evenly spread
function sluice.hash(text) end

---Lines in the gateway's own log, with the request's id and route beside them.
---@class sluice.Log
sluice.log = {}

---For those who look for a fault.
---@param ... any joined by spaces
function sluice.log.debug(...) end

---What happened.
---@param ... any joined by spaces
function sluice.log.info(...) end

---What somebody should look at.
---@param ... any joined by spaces
function sluice.log.warn(...) end

---What went wrong.
---@param ... any joined by spaces
function sluice.log.error(...) end

---A function that runs beside the hook that spawned it, while the hook waits. It ends with its hook at the latest.
---@class sluice.Task
local Task = {}

---Wait for its end. An error in it is raised here.
---@return any ... what the function returned
function Task:wait() end

---What sluice.fetch asks for.
---@class sluice.FetchRequest
---@field upstream string its name in the configuration; its own algorithm chooses the endpoint
---@field path? string with query, encoded: "/users?id=1"; "/" without it
---@field method? string "GET" without it
---@field headers? table<string, string|number|string[]> fields; not those that frame the message (Content-Length ...), nor Host
---@field host? string for the Host field; without it the endpoint's own
---@field body? string sent with its length
---@field timeout? number seconds from here to the last byte of the answer, 0.001 to 600; 5 without it
---@field max_body? integer bytes of the answer's body, up to 16 MiB; 1 MiB without it. A longer one is a failure

---What came back. A status of 4xx or 5xx is an answer like any other.
---@class sluice.FetchResponse
---@field status integer
---@field body string
---@field endpoint string "ip:port" that answered
---@field took number seconds
local FetchResponse = {}

---The first value of a header, whatever the case of its name.
---@param name string
---@return string? value
function FetchResponse:header(name) end

---Every header line: `for name, value in answer:each_header() do`.
---@return fun(): string?, string? iterator
function FetchResponse:each_header() end

---Header fields of a message. Names match without regard to case.
---@class sluice.Headers
local Headers = {}

---The first value of a header.
---@param name string
---@return string? value nil when there is none
function Headers:header(name) end

---All values of a header, in order: one for each line.
---@param name string
---@return string[] values empty when there is none
function Headers:headers(name) end

---Every header line: `for name, value in req:each_header() do`. Goes over the lines as they are when it is called, so
---headers may be changed on the way.
---@return fun(): string?, string?
function Headers:each_header() end

---Set a header: all its lines are replaced by this one, or by one line for each value of a list.
---@param name string
---@param value string|number|string[]
---@return true? done
---@return string? message why not: the name or value holds what HTTP does not allow, or frames the message
---@return string? code "invalid"
function Headers:set_header(name, value) end

---Add a header line beside those that are there.
---@param name string
---@param value string|number
---@return true? done
---@return string? message why not, as for set_header
---@return string? code "invalid"
function Headers:add_header(name, value) end

---Take all lines of a header away.
---@param name string
---@return boolean was_there
function Headers:remove_header(name) end

---A request on its way through the gateway. It lives as long as its exchange, and works in the hooks of its exchange only.
---@class sluice.Request : sluice.Headers
---@field ctx table the exchange's own table, for whatever scripts want to keep; all scripts share it
local Request = {}

---@return string method "GET", as sent: methods are case-sensitive
function Request:method() end

---Another method for the upstream. Up to on_upstream_request.
---@param method string
---@return true? done
---@return string? message
---@return string? code "invalid"
function Request:set_method(method) end

---@return string path normalised, begins with "/" ("*" for OPTIONS *)
function Request:path() end

---Another path for the upstream and for what follows; it is normalised again. The query stays. Up to
---on_upstream_request.
---@param path string
---@return true? done
---@return string? message
---@return string? code "invalid"
function Request:set_path(path) end

---@return string path as the client sent it
function Request:raw_path() end

---@return string target path and query as the client sent them
function Request:target() end

---@return string? query what follows "?", not decoded; nil without a "?"
function Request:query() end

---Another query. Up to on_upstream_request.
---@param query string? nil takes the "?" away too
---@return true? done
---@return string? message
---@return string? code "invalid"
function Request:set_query(query) end

---The first query parameter of that name, decoded.
---@param name string
---@return string? value nil when there is none, "" for one without a value
function Request:param(name) end

---All query parameters of that name, decoded, in order.
---@param name string
---@return string[] values
function Request:params(name) end

---Every query parameter, decoded: `for name, value in req:each_param() do`.
---@return fun(): string?, string?
function Request:each_param() end

---Set a query parameter: its first place gets the value, further ones of that name go. Up to
---on_upstream_request.
---@param name string
---@param value string|number|nil nil takes the parameter away
---@return true? done
---@return string? message
---@return string? code "invalid"
function Request:set_param(name, value) end

---A cookie that the client sent.
---@param name string case-sensitive
---@return string? value as sent
function Request:cookie(name) end

---Every cookie that the client sent: `for name, value in req:each_cookie() do`.
---@return fun(): string?, string?
function Request:each_cookie() end

---@return string scheme "http" or "https", as the client used it
function Request:scheme() end

---@return string? authority Host as sent, with port
function Request:authority() end

---Another Host for the upstream. Up to on_upstream_request.
---@param authority string
---@return true? done
---@return string? message
---@return string? code "invalid"
function Request:set_authority(authority) end

---@return string? host lower case, without port
function Request:host() end

---@return string protocol "HTTP/1.1"
function Request:protocol() end

---@return string address the client's IP address, trusted proxies taken off
function Request:client() end

---@return string address "ip:port" of the connection itself
function Request:remote() end

---@return string name of the listener that accepted it
function Request:listener() end

---@return string id of the request: 32 hex digits, or what a trusted proxy gave
function Request:id() end

---@return string? route nil until one is chosen
function Request:route() end

---Choose the route, and with it its upstream and plugins. Up to on_route.
---@param name string
---@return true? done
---@return string? message
---@return string? code "not_found": no such route is configured
function Request:set_route(name) end

---@return string? upstream nil until one is chosen
function Request:upstream() end

---Choose the upstream group in place of the route's, whose plugins still run. Up to on_balance.
---@param name string
---@return true? done
---@return string? message
---@return string? code "not_found": no such upstream is configured
function Request:set_upstream(name) end

---@return string? address "ip:port" of the current attempt
function Request:endpoint() end

---Choose the endpoint of the coming attempt by its address; group:pick() does it by number. In on_balance.
---@param address string "ip:port" or "unix:/path"
---@return true? done
---@return string? message
---@return string? code "not_found": not in the chosen group
function Request:set_endpoint(address) end

---What consistent_hash and maglev hash in place of the upstream's `hash_on`: the same text, the same endpoint. Up to on_balance.
---@param key string
---@return true? done
---@return string? message
---@return string? code
function Request:set_hash(key) end

---@return number attempts to reach an upstream so far
function Request:attempts() end

---@return number bytes of body received from the client so far
function Request:received() end

---@return number id of the client's connection, unique in the process
function Request:connection() end

---@return number requests begun on the client's connection, this one included
function Request:connection_requests() end

---@return number seconds Unix time at which the request's first byte was read
function Request:started() end

---How long after the start something happened.
---@param what "request_head"|"routed"|"connected"|"first_byte"|"ended"
---@return number? seconds nil when it has not happened
function Request:time(what) end

---A trailer field that came after the body.
---@param name string
---@return string? value nil when there is none (yet)
function Request:trailer(name) end

---Gather the whole body before the next stage; body() then gives it, and on_request_body gets it in one piece. A body
---over the limit is answered with 413. In on_request and on_route.
---@param limit integer bytes
---@return true? done
---@return string? message
---@return string? code
function Request:buffer_body(limit) end

---@return string? body the whole body, once buffer_body() has gathered it; else nil
function Request:body() end

---Answer here, without the upstream. When the hook returns, the answer goes out: `return req:respond(403, "no\n")`.
---Until the response head has been sent.
---@param status integer 200 to 599
---@param body? string text/plain unless the headers say otherwise
---@param headers? table<string, string|number|string[]>
---@return true? done
---@return string? message
---@return string? code "invalid": a header holds what HTTP does not allow
function Request:respond(status, body, headers) end

---Answer with a redirect: `return req:redirect(301, "https://example.org/")`.
---@param status integer 301, 302, 303, 307 or 308
---@param location string
---@return true? done
---@return string? message
---@return string? code
function Request:redirect(status, location) end

---@param name string
---@return string? value of a note, nil when there is none
function Request:note(name) end

---Note something about the exchange: a field of its access log line and of its explanation.
---@param name string a-z, 0-9, "_" and ".", at most 64
---@param value string|number
---@return true? done
---@return string? message
---@return string? code "invalid": the name
function Request:set_note(name, value) end

---The response on its way to the client. It works in the hooks of its exchange only.
---@class sluice.Response : sluice.Headers
local Response = {}

---@return integer status 0 before there is one
function Response:status() end

---Another status. In on_response and on_error.
---@param status integer 200 to 599
---@return true? done
---@return string? message
---@return string? code
function Response:set_status(status) end

---Add a Set-Cookie line. What browsers would refuse is refused here.
---@param cookie sluice.Cookie
---@return true? done
---@return string? message
---@return string? code "invalid"
function Response:set_cookie(cookie) end

---Let this response go and make another attempt, at another endpoint if there is one. It counts against `attempts` and the retry
---budget. That the request may be sent twice is the script's to know. In on_response.
---@return true? done nil: the response goes on
---@return string? message
---@return string? code "invalid": no attempt is left, the budget is used up, or the request's body is not there any more
function Response:retry() end

---@return boolean local_response true when the gateway made the response itself
function Response:is_local() end

---@return "upstream"|"local"|"client"|"plugin"|nil origin who made it
function Response:origin() end

---@return number bytes of body sent to the client so far
function Response:sent() end

---A trailer field that came after the body.
---@param name string
---@return string? value nil when there is none (yet)
function Response:trailer(name) end

---Gather the whole body, so that on_response_body gets it in one piece. A body over the limit is answered with
---502. In on_response.
---@param limit integer bytes
---@return true? done
---@return string? message
---@return string? code
function Response:buffer_body(limit) end

---The request as this attempt sends it: hop-by-hop fields gone, forwarding fields there. Its changes hold for this
---attempt alone. It works in on_upstream_request only.
---@class sluice.UpstreamRequest : sluice.Headers
local UpstreamRequest = {}

---@return string? name of the upstream group
function UpstreamRequest:name() end

---@return string? address "ip:port" that it goes to
function UpstreamRequest:endpoint() end

---The endpoints of the chosen upstream. Without a pick the group's own algorithm decides.
---@class sluice.Group
local Group = {}

---@return string? name of the group
function Group:name() end

---@return integer count of endpoints, usable or not
function Group:count() end

---@param index integer
---@return string? address "ip:port", as configured; nil past the last
function Group:address(index) end

---@param index integer
---@return integer? weight
function Group:weight(index) end

---@param index integer
---@return integer? exchanges now at that endpoint, of the whole process
function Group:in_flight(index) end

---@param index integer
---@return boolean? usable false: it takes no new exchange (blocks, full, unresolved), or was tried before in this one
function Group:is_usable(index) end

---@param index integer
---@return boolean? tried true when an earlier attempt of this exchange went there
function Group:was_tried(index) end

---@param index integer
---@return integer? priority 0 first: endpoints of the next one are for when those are short
function Group:priority(index) end

---Why an endpoint takes no new exchanges: "failing", "warming", "ejected" (by checks and answers), "draining", "disabled"
---(by the administrator), "gone".
---@param index integer
---@return table<string, true>? blocks as a set, empty when there is none; nil past the last
function Group:blocks(index) end

---@param index integer
---@return integer? exchanges that it takes at most at a time; 0: no limit
function Group:max_in_flight(index) end

---@param index integer
---@return number? seconds to its response heads, a peak-sensitive average; 0 when nothing is known
function Group:latency(index) end

---@param index integer
---@return string? zone "" when it has none
function Group:zone(index) end

---@param index integer
---@return string? id 16 hex digits, the same for the same upstream name and address in every process; for find()
function Group:id(index) end

---The endpoint with this id, whatever its state; in constant time.
---@param id string what id() gave, in this process or another
---@return integer? index nil when the group has none
function Group:find(id) end

---@return integer? index of the latest attempt's endpoint; nil before the first
function Group:current() end

---Use this endpoint for the coming attempt. One that is draining or full may be picked: that is the script's to know.
---@param which integer|string its number, or its address
---@return true? done
---@return string? message
---@return string? code "not_found": the group has no such endpoint; "invalid": it is disabled or gone
function Group:pick(which) end

---A piece of body on its way. Its bytes stay outside of Lua until text() is called.
---@class sluice.Chunk
local Chunk = {}

---The bytes. After replace() it is not said which ones: read first.
---@return string text
function Chunk:text() end

---@return integer bytes in it; 0 is possible for the last one
function Chunk:size() end

---@return boolean last true when no more of the body follows
function Chunk:is_last() end

---Pass these bytes on in its place; "" drops it.
---@param text string
---@return true? done
---@return string? message
---@return string? code
function Chunk:replace(text) end

---A client's connection, just accepted. It works in on_connect only.
---@class sluice.Connection
local Connection = {}

---@return string address the client's IP address
function Connection:client() end

---@return string address "ip:port" of the other side
function Connection:remote() end

---@return string name of the listener that accepted it
function Connection:listener() end

---@return number id unique in the process
function Connection:id() end

---Close it without a word, when the hook returns: `return conn:close()`.
---@return true? done
function Connection:close() end

---What went wrong. It works in on_error only.
---@class sluice.Fault
local Fault = {}

---@return "upstream"|"local"|"client"|"plugin"|nil origin whose fault it is
function Fault:origin() end

---@return string? reason a machine word, "connect_timeout"
function Fault:reason() end

---@return string? plugin the use that failed, "lua@route api"
function Fault:plugin() end

---What goes into a Set-Cookie line.
---@class sluice.Cookie
---@field name string a token
---@field value string without controls, spaces, quotes, commas, semicolons and backslashes
---@field path? string
---@field domain? string
---@field max_age? number seconds
---@field same_site? "lax"|"strict"|"none"
---@field secure? boolean
---@field http_only? boolean
---@field partitioned? boolean

return sluice
