#include "api/render.hpp"
#include "api/router.hpp"

#include <cstdio>
#include <fmt/format.h>
#include <unistd.h>

/// What the machine asks: health, figures, the contract, the stream of changes.
namespace tocsin::api {

namespace {

Reply health_get(Call& call) {
    auto const ledger = call.doors().ledger->read([](store::Transaction& tx) {
        return tx.one("SELECT 1", {}, [](store::Row const& row) { return row.integer(0); });
    });
    JsonWriter json;
    json.object()
        .field("status", ledger ? "good" : "degraded")
        .field("version", call.house.options.version)
        .field("uptime_seconds", (call.now() - call.house.started).count() / 1'000'000)
        .end();
    return json_answer(std::move(json), ledger ? 200 : 503);
}

Reply openapi_get(Call&) {
    net::HttpResponse response;
    response.fixed_body = embedded::find("api/openapi.json").value_or("");
    response.set("content-type", "application/json");
    response.set("cache-control", "no-cache");
    return response;
}

/// Pages of memory in use, from /proc/self/statm; 0 where there is none.
std::int64_t resident_bytes() {
    auto* file = std::fopen("/proc/self/statm", "r");
    if (!file) return 0;
    long total = 0, resident = 0;
    auto const read = std::fscanf(file, "%ld %ld", &total, &resident);
    std::fclose(file);
    return read == 2 ? resident * ::sysconf(_SC_PAGESIZE) : 0;
}

void metric(std::string& out, std::string_view name, std::string_view type, std::string_view help, auto value) {
    fmt::format_to(std::back_inserter(out), "# HELP {0} {1}\n# TYPE {0} {2}\n{0} {3}\n", name, help, type, value);
}

void put_server_figures(std::string& out, net::HttpCounters const& counters) {
    metric(out, "tocsin_http_requests_total", "counter", "Requests begun.", counters.requests.load());
    out += "# HELP tocsin_http_answers_total Answers by class of status.\n# TYPE tocsin_http_answers_total counter\n";
    for (int i = 1; i < 6; ++i)
        fmt::format_to(std::back_inserter(out), "tocsin_http_answers_total{{class=\"{}xx\"}} {}\n", i,
                       counters.by_class[i].load());
    metric(out, "tocsin_http_refused_busy_total", "counter", "Requests answered 503 because a queue was full.",
           counters.refused_busy.load());
    metric(out, "tocsin_http_timeouts_total", "counter", "Connections cut off because they were too slow.",
           counters.timeouts.load());
    metric(out, "tocsin_http_malformed_total", "counter", "Requests that were not HTTP.", counters.malformed.load());
    metric(out, "tocsin_http_too_large_total", "counter", "Requests beyond a limit of size.",
           counters.too_large.load());
    metric(out, "tocsin_http_tls_failures_total", "counter", "TLS handshakes that failed.",
           counters.tls_failures.load());
    metric(out, "tocsin_http_received_bytes_total", "counter", "Bytes of bodies received.", counters.bytes_in.load());
    metric(out, "tocsin_http_sent_bytes_total", "counter", "Bytes sent.", counters.bytes_out.load());
    metric(out, "tocsin_http_worker_seconds_total", "counter", "Time spent answering.",
           static_cast<double>(counters.busy_micros.load()) / 1e6);
    metric(out, "tocsin_http_connections", "gauge", "Open connections.", counters.open_connections.load());
    metric(out, "tocsin_http_event_listeners", "gauge", "Open streams of changes.", counters.event_listeners.load());
    metric(out, "tocsin_http_queue", "gauge", "Requests that wait for a worker.", counters.queue_depth.load());
}

Reply metrics_get(Call& call) {
    net::HttpResponse response;
    response.set("content-type", "text/plain; version=0.0.4; charset=utf-8");
    auto& out = response.body;
    metric(out, "tocsin_uptime_seconds", "gauge", "Since the server started.",
           (call.now() - call.house.started).count() / 1'000'000);
    metric(out, "process_resident_memory_bytes", "gauge", "Resident memory.", resident_bytes());
    if (call.house.counters) put_server_figures(out, *call.house.counters);
    return response;
}

Reply stream_get(Call& call) {
    net::HttpResponse response;
    response.set("content-type", "text/event-stream");
    response.set("cache-control", "no-store");
    response.set("x-accel-buffering", "no");
    auto owner = call.session ? call.caller.session : call.caller.who;
    auto last = std::string(call.request.header("last-event-id"));
    response.stream_events = [&house = call.house, owner = std::move(owner),
                              last = std::move(last)](std::shared_ptr<net::EventSink> sink) {
        house.changes.join(std::move(sink), owner, last, house.doors.clock->now());
    };
    return response;
}

}  // namespace

void routes_system(Router& router) {
    router.answer("health_get", health_get);
    router.answer("openapi_get", openapi_get);
    router.answer("metrics_get", metrics_get);
    router.answer("stream_get", stream_get);
}

}  // namespace tocsin::api
