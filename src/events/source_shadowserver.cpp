#include "events/source_run.hpp"
#include "formats/formats.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

/// The Shadowserver reports API: a POST of JSON with the key in it, signed in the header HMAC2 with HMAC-SHA256 over
/// the body.
namespace tocsin::events {
namespace {

constexpr std::uint64_t longest_list = 32 << 20;
constexpr std::size_t days_of_a_question = 7;

struct Listed {
    std::string id, file, type;
};

std::string signature(std::string_view secret, std::string_view body) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
         reinterpret_cast<unsigned char const*>(body.data()), body.size(), digest.data(), &size);
    return to_hex({reinterpret_cast<char const*>(digest.data()), size});
}

bool is_id(std::string_view text) {
    return !text.empty() && text.size() <= 200 && std::ranges::all_of(text, [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
    });
}

/// What the API says is wrong; it may say so with 200.
std::optional<Error> complaint(formats::JsonValue answer) {
    auto const said = answer["error"].text();
    if (said.empty()) return std::nullopt;
    return Error{Code::denied, fmt::format("the Shadowserver API says: {}", said.substr(0, 300))};
}

class Api {
  public:
    explicit Api(SourceRun& run) : run_(run), client_(run.http_options(false)) {}

    Result<std::string> ask(std::string_view method, JsonWriter&& request, std::uint64_t most) {
        net::HttpCall call;
        call.method = net::Method::post;
        call.url = fmt::format("{}{}", run_.source.address, method);
        call.body = {.type = "application/json", .bytes = std::move(request).text()};
        call.headers.push_back({"HMAC2", signature(run_.secret, call.body.bytes)});
        call.body_bytes = most;
        call.total_time = run_.source.most_time;
        call.is_cancelled = run_.options.is_cancelled;
        TRY(auto reply, client_.send(call));
        run_.asked_to_wait = net::retry_after(reply, run_.doors.clock->now());
        if (!reply.is_success()) {
            formats::JsonTree tree;
            if (tree.parse(reply.body))
                if (auto const said = complaint(tree.root())) return std::unexpected(*said);
            return std::unexpected(meaning_of(reply));
        }
        run_.report.bytes += reply.body.size();
        return std::move(reply.body);
    }

    Result<std::vector<Listed>> list(std::string_view from, std::string_view to) {
        JsonWriter request;
        request.object().field("apikey", run_.source.login).field("date", fmt::format("{}:{}", from, to));
        if (!run_.source.reports.empty()) {
            request.key("reports").array();
            for (auto const& report : run_.source.reports) request.value(report);
            request.end();
        }
        request.end();
        TRY(auto const answer, ask("reports/list", std::move(request), longest_list));
        formats::JsonTree tree;
        if (auto const read = tree.parse(answer, {.bytes = longest_list}); !read)
            return std::unexpected(read.error().during("the list of reports"));
        if (auto const said = complaint(tree.root())) return std::unexpected(*said);
        if (!tree.root().is_array()) return fail(Code::invalid, "the list of reports: expected an array");
        std::vector<Listed> found;
        for (auto const one : tree.root()) {
            Listed listed{std::string(one["id"].text()), std::string(one["file"].text()),
                          std::string(one["type"].text())};
            if (!is_id(listed.id))
                return fail(Code::invalid, "the list of reports: expected an id of letters and digits in each");
            if (listed.file.empty()) listed.file = listed.id + ".csv";
            found.push_back(std::move(listed));
        }
        return found;
    }

    Result<std::string> download(std::string_view id) {
        JsonWriter request;
        request.object().field("apikey", run_.source.login).field("id", id).end();
        auto const most = static_cast<std::uint64_t>(run_.source.most_bytes);
        TRY(auto bytes, ask("reports/download", std::move(request), most));
        return as_csv(std::move(bytes));
    }

  private:
    /// The API gives the rows as JSON objects; all parsers want the columns of the CSV files.
    static Result<std::string> as_csv(std::string bytes) {
        auto const start = bytes.find_first_not_of(" \t\r\n");
        if (start == std::string::npos || (bytes[start] != '[' && bytes[start] != '{')) return bytes;
        formats::JsonTree tree;
        CHECK(tree.parse(bytes, {.bytes = bytes.size() + 1, .depth = 8, .values = std::size_t{64} << 20}));
        if (auto const said = complaint(tree.root())) return std::unexpected(*said);
        if (!tree.root().is_array()) return fail(Code::invalid, "a report: expected an array of rows");
        std::vector<std::string> columns;
        for (auto const row : tree.root())
            for (auto const cell : row)
                if (std::ranges::find(columns, cell.key()) == columns.end()) columns.emplace_back(cell.key());
        std::string csv;
        auto const add = [&](std::string_view text, bool is_first) {
            if (!is_first) csv += ',';
            csv += '"' + replaced(std::string(text), "\"", "\"\"") + '"';
        };
        for (std::size_t i = 0; i < columns.size(); ++i) add(columns[i], i == 0);
        csv += '\n';
        for (auto const row : tree.root()) {
            for (std::size_t i = 0; i < columns.size(); ++i) {
                auto const cell = row[columns[i]];
                add(cell.is_text() ? cell.text() : cell.is_null() ? std::string_view() : cell.raw(), i == 0);
            }
            csv += '\n';
        }
        return csv;
    }

    SourceRun& run_;
    net::HttpClient client_;
};

Status fetch_one(SourceRun& run, Api& api, Listed const& listed) {
    if (run.options.is_dry) {
        run.note({.item = listed.id, .name = listed.file, .at = run.began});
        return {};
    }
    SourceItem item;
    if (run.source.downloads.empty()) {
        TRY(auto const bytes, api.download(listed.id));
        TRY(item, run.take(bytes, listed.id, listed.file));
    } else {
        Order const order{.url = run.source.downloads + listed.id, .with_secret = false};
        TRY(auto const fetched, fetch_file(run, order));
        TRY(item, run.take_file(fetched.file, listed.id, listed.file));
    }
    return run.save({&item, 1});
}

bool is_wanted(SourceRun const& run, Listed const& listed) {
    auto const& types = run.source.types;
    return types.empty() || std::ranges::find(types, listed.type) != types.end();
}

}  // namespace

Status run_shadowserver(SourceRun& run) {
    Api api(run);
    auto const days = run.days();
    std::size_t fetched = 0;
    for (std::size_t at = 0; at < days.size();) {
        auto last = at;  // of a stretch of days without a gap
        while (last + 1 < days.size() && last + 1 - at < days_of_a_question &&
               parse_date(days[last + 1])->day() == parse_date(days[last])->day() + 1)
            ++last;
        TRY(auto const listed, api.list(days[at], days[last]));
        for (auto const& one : listed) {
            if (!is_wanted(run, one)) continue;
            TRY(bool const is_here, run.has(one.id));
            if (is_here) continue;
            if (run.is_cancelled()) return fail(Code::unavailable, "it was cancelled");
            if (run.is_out_of_time() || fetched++ >= static_cast<std::size_t>(run.limits.reports)) {
                run.report.is_unfinished = true;
                return {};
            }
            if (auto const done = fetch_one(run, api, one); !done)
                return std::unexpected(done.error().during(one.file));
        }
        at = last + 1;
    }
    return {};
}

}  // namespace tocsin::events
