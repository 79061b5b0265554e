#include "app/review_words.hpp"

namespace tocsin::app {

readiness::Signer signer_of(Invocation const& call) {
    return {readiness::ReviewKey::of(call.instance->access().secrets()), call.instance->config().team_name};
}

Result<readiness::Review> review_named(readiness::Readiness& room, std::string_view text) {
    if (text.empty()) return room.reviews.newest_guest();
    auto const number = parse_int(text.starts_with('#') ? text.substr(1) : text);
    if (!number) return fail(Code::invalid, fmt::format("review: expected a number, found \"{}\"", text));
    return room.reviews.one({*number});
}

Result<gate::Cleared<readiness::Review>> cleared(Invocation const& call, readiness::Review review) {
    return call.instance->gate().clear(std::move(review), gate::Recipient::team(access::command_principal()));
}

void print_line(Invocation const& call, readiness::Review const& review) {
    auto const& package = review.package;
    auto const is_home = review.side == readiness::ReviewSide::home;
    call.print(
        "{:<5} {:<6} {:<16} {} {}{}", fmt::format("#{}", review.id.value), readiness::name_of(review.side),
        package.assessment.framework, format_date(package.made), package.assessment.title,
        is_home ? package.reviewer.empty() ? std::string() : ", for " + package.reviewer : ", of " + package.team);
    for (auto const& one : review.signatures)
        call.print("      countersigned {} by {} ({}), {} comments", format_date(one.statement.made), one.assessor,
                   one.fingerprint, one.statement.comments.size());
}

void print_whole(Invocation const& call, readiness::Review const& review) {
    auto const& package = review.package;
    print_line(call, review);
    call.print("      signed by {}, key {}", package.team, readiness::fingerprint_of(package.public_key));
    if (!review.is_same_framework)
        call.print("      Note: the catalogue {} here is missing or not the one of {}", package.assessment.framework,
                   package.team);
    for (auto const& one : package.redacted)
        call.print("      redacted: {} {}, sha256 {}", one.count, readiness::name_of(one.kind), one.sha256);
    for (auto const& answer : package.assessment.answers) {
        call.print("{:<8} {:>8} of {:<8} {}{}{}", answer.item, score_text(answer.value, answer.declined),
                   score_text(answer.wanted), answer.assessor, answer.assessor.empty() ? "" : ": ",
                   answer.justification);
        if (!answer.assessor.empty()) continue;
        for (auto const& comment : review.comments)
            if (comment.item == answer.item)
                call.print("    > {} {}", comment.level ? fmt::format("level {}:", *comment.level) : "", comment.text);
        for (auto const& one : review.signatures)
            for (auto const& comment : one.statement.comments)
                if (comment.item == answer.item)
                    call.print("    > {}: {} {}", one.assessor,
                               comment.level ? fmt::format("level {}:", *comment.level) : "", comment.text);
    }
    for (auto const& comment : review.comments)
        if (!package.assessment.answer(comment.item))
            call.print("{:<8} not answered\n    > {} {}", comment.item,
                       comment.level ? fmt::format("level {}:", *comment.level) : "", comment.text);
}

Status write_output(Invocation const& call, std::string_view bytes) {
    auto const file = call.path(call.get("--output"));
    CHECK(store::write_file(file, bytes));
    call.tell("{} bytes are in {}", bytes.size(), file);
    return {};
}

}  // namespace tocsin::app
