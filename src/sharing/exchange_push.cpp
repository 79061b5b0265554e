#include "sharing/disclosed.hpp"
#include "sharing/exchange_run.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace tocsin::sharing {
namespace {

using formats::taxii::Oddity;
using formats::taxii::PushStatus;
using gate::Cleared;
using intelligence::Object;
using Batch = std::vector<Cleared<Object>>;

constexpr std::size_t around_objects = 32;  ///< bytes of an envelope beside its objects
constexpr std::size_t least_envelope = 1024;
constexpr int most_refused_in_a_row = 20;
constexpr std::size_t longest_message = 300;
constexpr std::chrono::milliseconds first_pause{250}, last_pause{10'000}, slice{50};

/// What a push asks of the intelligence.
intelligence::ObjectFilter filter_of(Remote const& remote, Course const& course) {
    intelligence::ObjectFilter filter;
    filter.types = remote.types;
    filter.added_after = course.added_after;
    return filter;
}

std::string envelope_of(std::span<Cleared<Object> const> objects) {
    auto writer = formats::stix::ContainerWriter::envelope();
    for (auto const& object : objects) writer.add(object->json);
    writer.finish();
    return writer.take();
}

class Push {
  public:
    explicit Push(Run& run) : run_(run), course_(run.course), recipient_(run.peer.recipient()) {}

    Result<PushReport> go() {
        CHECK(run_.locate());
        TRY(auto const about, run_.client.api_root(course_.root));
        most_bytes_ = run_.limits.envelope_bytes;
        if (about.max_content_length > 0)
            most_bytes_ = std::clamp<std::size_t>(static_cast<std::size_t>(about.max_content_length), least_envelope,
                                                  most_bytes_);
        // Who is cleared for more than before may have what was passed over.
        if (course_.added_after && run_.peer.clearance > course_.clearance) course_.added_after.reset();
        course_.clearance = run_.peer.clearance;
        CHECK(take_up());
        if (!report_.is_unfinished) CHECK(send_new());
        return std::move(report_);
    }

  private:
    /// A status that was still pending when the last run ended.
    Status take_up() {
        if (course_.status.empty()) return {};
        auto status = run_.client.status(course_.root, course_.status);
        if (!status && run_.client.last_status() != 404) return std::unexpected(status.error());
        if (!status) {  // it was forgotten: what it spoke of is sent again
            run_.client.remarks().note(Oddity::lost_status, course_.status);
            course_.status.clear();
            return run_.save();
        }
        auto const sent = static_cast<std::size_t>(course_.status_sent);
        auto const through = course_.status_through;
        TRY(bool const is_complete, settle(*std::move(status), sent, through.value_or(Timestamp())));
        if (!is_complete) return {};
        course_.added_after = through;
        return run_.save();
    }

    Status send_new() {
        auto const filter = filter_of(run_.remote, course_);
        std::string cursor;
        do {
            if (report_.sent >= run_.limits.objects || run_.is_out_of_time()) {
                report_.is_unfinished = true;
                return {};
            }
            // As the peer is now: it may have lost its clearance, or be none any more.
            TRY(auto const peer, run_.doors.peers->find(std::to_string(run_.peer.id.value)));
            recipient_ = peer.recipient();
            course_.clearance = std::min(course_.clearance, peer.clearance);
            TRY(auto page, run_.doors.intelligence->objects(filter, recipient_, intelligence::ObjectOrder::oldest_first,
                                                            {.after = cursor, .limit = run_.remote.page}));
            cursor = page.next;
            CHECK(send_page(page.items));
            if (report_.is_unfinished) return {};
        } while (!cursor.empty());
        course_.caught_up = run_.now();
        return run_.save();
    }

    Status send_page(Batch& items) {
        if (items.empty()) return {};
        auto const reached = items.back()->added;
        Batch batch;
        std::size_t bytes = around_objects;
        for (auto& item : items) {
            auto const size = item->json.size() + 1;
            if (item->terms.originator == run_.peer.organisation) {
                ++report_.theirs;
                continue;
            }
            if (around_objects + size > most_bytes_) {
                CHECK(refuse(*item, fmt::format("it is larger than the {} bytes that the server takes", most_bytes_)));
                continue;
            }
            if (bytes + size > most_bytes_) {
                CHECK(send(batch));
                if (report_.is_unfinished) return {};
                batch.clear();
                bytes = around_objects;
            }
            bytes += size;
            batch.push_back(std::move(item));
        }
        if (!batch.empty()) CHECK(send(batch));
        if (report_.is_unfinished) return {};
        course_.added_after = reached;
        return run_.save();
    }

    /// On record, then out, then confirmed, then remembered.
    Status send(Batch const& batch) {
        if (run_.is_cancelled()) return fail(Code::unavailable, "it was cancelled");
        CHECK(run_.doors.ledger->write([&](store::Transaction& tx) {
            return gate::Gate::record(tx, run_.options.by, run_.now(), batch, "collection " + course_.collection,
                                      contents_of(batch), "taxii");
        }));
        CHECK(deliver(batch));
        if (report_.is_unfinished) return {};
        course_.added_after = batch.back()->added;
        return run_.save();
    }

    /// When the server refuses the whole, the halves show what it does not like.
    Status deliver(std::span<Cleared<Object> const> objects) {
        auto status = run_.client.push(course_.root, course_.collection, envelope_of(objects));
        if (status) {
            refused_in_a_row_ = 0;
            report_.sent += static_cast<std::int64_t>(objects.size());
            TRY([[maybe_unused]] bool const is_complete,
                settle(*std::move(status), objects.size(), objects.back()->added));
            return {};
        }
        auto const code = run_.client.last_status();
        if (code != 400 && code != 413 && code != 422) return std::unexpected(status.error());
        if (objects.size() == 1) {
            if (++refused_in_a_row_ > most_refused_in_a_row) return std::unexpected(status.error());
            return refuse(*objects.front(), status.error().message);
        }
        auto const half = objects.size() / 2;
        CHECK(deliver(objects.first(half)));
        if (report_.is_unfinished) return {};
        return deliver(objects.subspan(half));
    }

    /// Waits until the server is through with it. False: it was not in time; the next run asks again.
    Result<bool> settle(PushStatus status, std::size_t sent, Timestamp through) {
        auto const until = std::chrono::steady_clock::now() + run_.limits.status_time;
        auto pause = first_pause;
        while (!status.is_complete) {
            if (status.id.empty()) return fail(Code::invalid, "the server gave a status without an id");
            if (run_.is_cancelled() || std::chrono::steady_clock::now() + pause > until) {
                course_.status = status.id;
                course_.status_sent = static_cast<std::int64_t>(sent);
                course_.status_through = through;
                report_.is_unfinished = true;
                CHECK(run_.save());
                return false;
            }
            sleep(pause);
            pause = std::min(pause * 2, last_pause);
            auto next = run_.client.status(course_.root, status.id);
            if (!next && run_.client.last_status() == 404) {
                run_.client.remarks().note(Oddity::lost_status, status.id);
                return fail(Code::unavailable, "the server has forgotten what became of a push");
            }
            if (!next) return std::unexpected(next.error());
            status = *std::move(next);
        }
        course_.status.clear();
        course_.status_through.reset();
        CHECK(account(status, static_cast<std::int64_t>(sent)));
        return true;
    }

    void sleep(std::chrono::milliseconds time) const {
        auto const until = std::chrono::steady_clock::now() + time;
        while (!run_.is_cancelled() && std::chrono::steady_clock::now() < until) std::this_thread::sleep_for(slice);
    }

    Status account(PushStatus const& status, std::int64_t sent) {
        auto const failed = std::min(
            sent, std::max<std::int64_t>(status.failure_count, static_cast<std::int64_t>(status.failures.size())));
        auto const confirmed = std::min(sent - failed, status.success_count);
        if (status.success_count + status.failure_count != sent)
            run_.client.remarks().note(Oddity::counts_differ,
                                       fmt::format("{} of {} sent", status.success_count + status.failure_count, sent));
        if (confirmed + failed == 0)
            return fail(Code::invalid,
                        fmt::format("the server says that it is done, and took none of {} objects", sent));
        report_.confirmed += confirmed;
        report_.refused += failed;
        course_.done += confirmed;
        course_.refused += failed;
        std::vector<Refusal> refusals;
        for (auto const& one : status.failures)
            if (static_cast<std::int64_t>(refusals.size()) < sent)
                refusals.push_back({.object = formats::taxii::one_line(one.id, longest_message),
                                    .version = formats::taxii::one_line(one.version, longest_message),
                                    .message = formats::taxii::one_line(one.message, longest_message),
                                    .at = run_.now()});
        return run_.doors.remotes->note_refusals(run_.remote.id, refusals);
    }

    Status refuse(Object const& object, std::string const& message) {
        ++report_.refused;
        ++course_.refused;
        return run_.doors.remotes->note_refusals(run_.remote.id,
                                                 {{.object = object.id,
                                                   .version = object.version_text,
                                                   .message = formats::taxii::one_line(message, longest_message),
                                                   .at = run_.now()}});
    }

    Run& run_;
    Course& course_;
    gate::Recipient recipient_;
    PushReport report_;
    std::size_t most_bytes_ = 0;
    int refused_in_a_row_ = 0;
};

}  // namespace

Result<PushReport> run_push(Run& run) {
    return Push(run).go();
}

Result<PushReport> run_dry_push(Run& run) {
    PushReport report;
    auto const recipient = run.peer.recipient();
    auto const filter = filter_of(run.remote, run.course);
    std::string cursor;
    std::int64_t seen = 0;
    do {
        TRY(auto const page,
            run.doors.intelligence->objects(filter, gate::Recipient::team(run.options.by),
                                            intelligence::ObjectOrder::oldest_first, {.after = cursor, .limit = 1000}));
        for (auto const& object : page.items) {
            ++seen;
            if (object->terms.originator == run.peer.organisation) {
                ++report.theirs;
                continue;
            }
            auto const decision = run.doors.gate->explain(*object, recipient);
            if (!decision.allowed) {
                ++report.withheld[std::string(gate::words_of(decision.reason))];
                continue;
            }
            ++report.sent;
            ++report.types[object->type];
            if (!decision.removed.empty()) ++report.shortened;
        }
        cursor = page.next;
        report.is_unfinished = seen >= run.limits.objects || run.is_cancelled();
    } while (!cursor.empty() && !report.is_unfinished);
    return report;
}

}  // namespace tocsin::sharing
