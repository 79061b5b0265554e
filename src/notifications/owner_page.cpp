#include "notifications/impl.hpp"
#include "notifications/public_page.hpp"
#include "notifications/texts.hpp"

#include <algorithm>
#include <map>

/// The page an owner answers on: plain HTML, no script, no cookie. The token in the address is the only key, so nobody
/// who does not have it can make a browser post here (there is nothing a browser would add by itself).
namespace tocsin::notifications {
namespace {

using namespace public_page;

constexpr std::size_t lines_on_page = 100;
constexpr std::size_t longest_comment = 2000;
/// "/o/TOKEN/findings.csv?lang=fr" taken apart.
struct Target {
    std::string token, rest;
    std::map<std::string, std::string, std::less<>> query;
};

std::optional<Target> target_of(std::string_view text) {
    if (!text.starts_with("/o/")) return {};
    text.remove_prefix(3);
    Target target;
    auto const mark = text.find('?');
    if (mark != std::string_view::npos) target.query = form_of(text.substr(mark + 1));
    auto const path = text.substr(0, mark);
    auto const slash = path.find('/');
    target.token = path.substr(0, slash);
    if (slash != std::string_view::npos) target.rest = path.substr(slash + 1);
    return target;
}

/// A visit by a good link.
struct Visit {
    StoredNotification stored;
    Content content;
    std::vector<Answer> answers;
    bool was_opened = false;
    std::string path;  ///< "/o/TOKEN"
    std::string_view language;
    std::size_t page = 0;

    Texts const& texts() const { return Texts::of(language); }
    std::string address(std::size_t at_page, std::string_view more = {}) const {
        return fmt::format("{}?lang={}&page={}{}", path, language, at_page + 1, more);
    }
    std::size_t pages() const {
        auto const count = static_cast<std::size_t>(stored.shown.findings);
        return std::max<std::size_t>(1, (count + lines_on_page - 1) / lines_on_page);
    }
};

std::string choices(Texts const& texts, std::string const& name, bool with_none) {
    static constexpr std::string_view values[] = {"", "seen", "repaired", "not_ours", "false_positive"};
    std::string out = "<div class=\"choices\">\n";
    for (auto const value : values) {
        if (value.empty() && !with_none) continue;
        out += fmt::format("<label><input type=\"radio\" name=\"{}\" value=\"{}\"{}> {}</label>\n", name, value,
                           value.empty() ? " checked" : "",
                           html_escaped(texts.get(value.empty() ? "page.no_answer" : "page." + std::string(value))));
    }
    return out + "</div>\n";
}

std::string comment_field(Texts const& texts, std::string const& name) {
    return fmt::format(
        "<label><span class=\"label\">{}</span><input type=\"text\" name=\"{}\" maxlength=\"{}\" "
        "dir=\"auto\" autocomplete=\"off\"></label>\n",
        html_escaped(texts.get("page.comment")), name, longest_comment);
}

Answer const* last_answer(Visit const& visit, std::string const& finding) {
    for (auto answer = visit.answers.rbegin(); answer != visit.answers.rend(); ++answer)
        if (!answer->finding || *answer->finding == finding) return &*answer;
    return nullptr;
}

std::string answer_html(Texts const& texts, Answer const& answer) {
    auto out = fmt::format("<p class=\"soft\">{}: <strong>{}</strong>{} <bdi dir=\"ltr\">{} UTC</bdi>",
                           html_escaped(texts.get("page.you_said")),
                           html_escaped(texts.get("page." + std::string(name_of(answer.said)))), trimmed(texts.comma()),
                           minute_text(answer.at));
    if (!answer.text.empty()) out += fmt::format("<br><span dir=\"auto\">{}</span>", html_escaped(answer.text));
    return out + "</p>\n";
}

std::string line_html(Visit const& visit, Line const& line, std::size_t number) {
    auto const& texts = visit.texts();
    auto out = fmt::format(
        "<li>\n<fieldset>\n<legend><bdi class=\"place\" dir=\"ltr\">{}</bdi></legend>\n<p class=\"soft\">{} <bdi "
        "dir=\"ltr\">{}</bdi>{} {} <bdi dir=\"ltr\">{}</bdi> UTC{} {}</p>\n",
        html_escaped(place_of(line)), html_escaped(texts.get("mail.first")), minute_text(line.first_seen),
        trimmed(texts.comma()), html_escaped(texts.get("mail.last")), minute_text(line.last_seen),
        trimmed(texts.comma()), html_escaped(texts.plural("times", line.times)));
    if (auto const* const said = last_answer(visit, line.finding)) out += answer_html(texts, *said);
    out += choices(texts, fmt::format("said_{}", number), true);
    out += comment_field(texts, fmt::format("text_{}", number));
    return out + "</fieldset>\n</li>\n";
}

std::string group_head(Texts const& texts, Line const& line) {
    auto const note = note_for(line.identifier, line.type, texts.code());
    auto const& words = Texts::of(note.language);
    auto const severity = severity_rank(line.severity) > 4 ? "none" : line.severity;
    return fmt::format(
        "<h3>{} <code dir=\"ltr\" class=\"soft\">{}</code></h3>\n<p class=\"soft\">{}</p>\n<details><summary>{}"
        "</summary>\n<div lang=\"{}\" dir=\"{}\">{}</div>\n</details>\n<ul class=\"findings\">\n",
        html_escaped(note.title), html_escaped(line.identifier), html_escaped(texts.get("severity." + severity)),
        html_escaped(texts.get("mail.repair")), words.code(), words.direction(), note.html);
}

std::string head_html(Visit const& visit, Settings const& settings) {
    auto const& texts = visit.texts();
    auto const& shown = visit.stored.shown;
    auto const label = lowered(shown.tlp.substr(shown.tlp.find(':') + 1));
    auto const tlp_class = label.starts_with("amber") ? std::string() : label;
    auto out = language_links(visit.path, visit.language);
    out += fmt::format(
        "<bdi class=\"tlp {}\" dir=\"ltr\">{}</bdi>\n<h1>{}</h1>\n<p class=\"soft\">{}</p>\n", tlp_class,
        html_escaped(shown.tlp), html_escaped(texts.fill("page.title", {{"organisation", shown.organisation_name}})),
        html_escaped(texts.fill("page.sent_by", {{"team", settings.team_name}, {"date", format_date(shown.created)}})));
    return out + fmt::format("<p>{}</p>\n<p class=\"soft\">{}</p>\n<p><a href=\"{}/findings.csv\">{}</a></p>\n",
                             html_escaped(texts.fill("page.intro", {{"team", settings.team_name}})),
                             html_escaped(texts.fill("page.expires", {{"expires", format_date(shown.link_expires)}})),
                             visit.path, html_escaped(texts.get("page.download")));
}

std::string pages_html(Visit const& visit) {
    if (visit.pages() < 2) return {};
    auto const& texts = visit.texts();
    std::string out = "<nav>";
    if (visit.page > 0)
        out += fmt::format("<a href=\"{}\" rel=\"prev\">{}</a>", html_escaped(visit.address(visit.page - 1)),
                           html_escaped(texts.get("page.previous")));
    out += fmt::format("<span>{}</span>",
                       html_escaped(texts.fill("page.page_of", {{"page", std::to_string(visit.page + 1)},
                                                                {"pages", std::to_string(visit.pages())}})));
    if (visit.page + 1 < visit.pages())
        out += fmt::format("<a href=\"{}\" rel=\"next\">{}</a>", html_escaped(visit.address(visit.page + 1)),
                           html_escaped(texts.get("page.next")));
    return out + "</nav>\n";
}

net::HttpResponse findings_page(Visit const& visit, gate::Cleared<Digest> const& digest, Settings const& settings,
                                std::string_view message, bool is_fault) {
    auto const& texts = visit.texts();
    auto body = head_html(visit, settings);
    if (!message.empty())
        body += fmt::format("<p class=\"{}\" role=\"status\">{}</p>\n", is_fault ? "fault" : "note",
                            html_escaped(texts.get(message)));
    body += fmt::format("<form method=\"post\" action=\"{}\" accept-charset=\"utf-8\">\n",
                        html_escaped(visit.address(visit.page)));
    body += fmt::format(
        "<div class=\"all\">\n<fieldset>\n<legend><strong>{}</strong> <span class=\"soft\">({})</span>"
        "</legend>\n{}{}</fieldset>\n</div>\n<h2>{}</h2>\n",
        html_escaped(texts.get("page.all")), html_escaped(texts.plural("findings", visit.stored.shown.findings)),
        choices(texts, "all", true), comment_field(texts, "all_text"), html_escaped(texts.get("page.each")));
    auto const& lines = digest->lines;
    auto const first = visit.page * lines_on_page;
    for (std::size_t i = first; i < std::min(lines.size(), first + lines_on_page); ++i) {
        if (i == first || lines[i].identifier != lines[i - 1].identifier)
            body += (i == first ? "" : "</ul>\n") + group_head(texts, lines[i]);
        body += line_html(visit, lines[i], i);
    }
    body += fmt::format("</ul>\n<p><button type=\"submit\">{}</button></p>\n</form>\n",
                        html_escaped(texts.get("page.send")));
    body += pages_html(visit);
    auto const title = texts.fill("page.title", {{"organisation", visit.stored.shown.organisation_name}});
    return page(is_fault ? 422 : 200, frame(texts, title, body));
}

/// One thing the owner says, about some findings.
struct Said {
    Statement statement = Statement::seen;
    std::string text;
    std::vector<std::string> findings;
    bool about_all = false;
};

/// What the form says; an error is the key of a text.
std::expected<std::vector<Said>, std::string_view> read_form(Visit const& visit, std::vector<Line> const& lines,
                                                             std::string_view body) {
    auto const form = form_of(body);
    std::vector<Said> all;
    auto const text_of = [&](std::string const& name) { return repaired_utf8(trimmed(value_of(form, name))); };
    if (auto const statement = parse_statement(value_of(form, "all"))) {
        Said said{.statement = *statement, .text = text_of("all_text"), .findings = {}, .about_all = true};
        for (auto const& line : lines) said.findings.push_back(line.finding);
        all.push_back(std::move(said));
    }
    auto const first = visit.page * lines_on_page;
    for (std::size_t i = first; i < std::min(lines.size(), first + lines_on_page); ++i) {
        auto const statement = parse_statement(value_of(form, fmt::format("said_{}", i)));
        if (!statement) continue;
        all.push_back(
            {.statement = *statement, .text = text_of(fmt::format("text_{}", i)), .findings = {lines[i].finding}});
    }
    if (all.empty()) return std::unexpected("page.nothing_chosen");
    for (auto const& said : all)
        if (said.text.size() > longest_comment * 4) return std::unexpected("page.too_long");
    return all;
}

/// Where a visitor comes in.
class Reception {
  public:
    Reception(Notifications::Impl& house, net::HttpRequest const& request) : house_(house), request_(request) {}

    net::HttpResponse answer() {
        auto const target = target_of(request_.target);
        auto const now = house_.clock.now();
        auto const link = target ? house_.links.link(target->token, now) : std::nullopt;
        if (!link) return stranger();
        if (!house_.link_limit.allows(*link, now)) return gone(request_, 429, "page.too_often");
        auto visit = enter(*target, *link);
        if (!visit) return visit.error().code == Code::not_found ? stranger() : failed(visit.error());
        auto const digest = house_.cleared(visit->stored, visit->content);
        if (!digest) return stranger();
        by_ = access::link_principal(visit->stored.shown.id.value, request_.peer.address);
        if (target->rest == "findings.csv") return download(*visit, *digest);
        if (!target->rest.empty()) return stranger();
        if (request_.method == net::Method::post) return take_answer(*visit, *digest);
        if (request_.method == net::Method::get) note_opened(*visit, *digest);
        if (!net::is_safe(request_.method)) return gone(request_, 405);
        auto const is_saved = value_of(target->query, "saved") == "1";
        return findings_page(*visit, *digest, house_.settings, is_saved ? "page.saved" : "", false);
    }

  private:
    net::HttpResponse stranger() {
        auto const is_allowed = house_.stranger_limit.allows(request_.peer.address, house_.clock.now());
        return is_allowed ? gone(request_) : gone(request_, 429, "page.too_often");
    }

    net::HttpResponse failed(Error const& error) {
        log::error("the owner's page: {}", error.message);
        return gone(request_, 503);
    }

    Result<Visit> enter(Target const& target, std::string const& link) {
        return house_.ledger.read([&](store::Transaction& tx) -> Result<Visit> {
            auto const nothing = [] { return fail(Code::not_found, "no such link"); };
            TRY(auto const id, tables::by_link(tx, link));
            if (!id) return nothing();
            Visit visit;
            TRY(visit.stored, tables::one(tx, *id, house_.clock.now()));
            if (visit.stored.shown.link != LinkState::open) return nothing();
            TRY(visit.content, tables::content(tx, *id));
            TRY(visit.answers, tables::answers(tx, *id));
            TRY(auto const happened, tables::happenings(tx, *id));
            visit.was_opened = std::ranges::find(happened, "opened", &Happening::what) != happened.end();
            visit.path = "/o/" + target.token;
            auto const wanted = value_of(target.query, "lang");
            visit.language = Texts::of(Texts::has(wanted) ? wanted : visit.stored.shown.language).code();
            auto const number = parse_int(value_of(target.query, "page")).value_or(1);
            visit.page = static_cast<std::size_t>(
                std::clamp<std::int64_t>(number - 1, 0, static_cast<std::int64_t>(visit.pages()) - 1));
            return visit;
        });
    }

    /// Writes down that it was seen; the page is shown even if that can't be written.
    void note(Visit const& visit, gate::Cleared<Digest> const& digest, std::string_view what) {
        auto const now = house_.clock.now();
        auto const id = visit.stored.shown.id;
        auto const written = house_.ledger.write([&](store::Transaction& tx) -> Result<bool> {
            CHECK(tables::happened(tx, id, now, what, visit.stored.shown.organisation_name, ""));
            CHECK(gate::Gate::record(tx, by_, now, digest, "portal"));
            return true;
        });
        if (!written) log::warning("the owner's page: {}", written.error().message);
        house_.changed(id);
    }

    void note_opened(Visit const& visit, gate::Cleared<Digest> const& digest) {
        if (!visit.was_opened) note(visit, digest, "opened");
    }

    net::HttpResponse download(Visit const& visit, gate::Cleared<Digest> const& digest) {
        if (!net::is_safe(request_.method)) return gone(request_, 405);
        if (request_.method == net::Method::get) note(visit, digest, "downloaded");
        net::HttpResponse response;
        response.body = csv_of(digest->lines);
        response.set("content-type", "text/csv; charset=utf-8");
        response.set("content-disposition", fmt::format("attachment; filename=\"{}\"",
                                                        csv_name(visit.stored.shown.tlp, visit.stored.shown.created)));
        guard(response);
        return response;
    }

    net::HttpResponse take_answer(Visit const& visit, gate::Cleared<Digest> const& digest) {
        // A browser that says it was sent here by another site is not believed, though it can't know the token.
        auto const site = request_.header("sec-fetch-site");
        if (site == "cross-site" || request_.content_type() != "application/x-www-form-urlencoded")
            return gone(request_, 403);
        auto const said = read_form(visit, digest->lines, request_.body);
        if (!said) return findings_page(visit, digest, house_.settings, said.error(), true);
        for (auto const& one : *said)
            if (auto const kept = keep(visit, one); !kept) return failed(kept.error());
        net::HttpResponse response;
        response.status = 303;  // a reload does not send it again
        response.set("location", visit.address(visit.page, "&saved=1"));
        guard(response);
        house_.changed(visit.stored.shown.id);
        return response;
    }

    /// First on the findings, then here: broken off in between, the owner is asked to send it again, and the same said
    /// twice about a finding does no harm.
    Status keep(Visit const& visit, Said const& said) {
        auto const& shown = visit.stored.shown;
        auto const now = house_.clock.now();
        CHECK(house_.findings.say({.findings = said.findings,
                                   .saying = saying_of(said.statement),
                                   .by_team = false,
                                   .by = shown.organisation_name,
                                   .text = said.text}));
        TRY(auto const written, house_.ledger.write([&](store::Transaction& tx) -> Result<bool> {
            Answer answer{.at = now, .finding = {}, .said = said.statement, .text = said.text};
            if (!said.about_all) answer.finding = said.findings.front();
            CHECK(tables::answer(tx, shown.id, answer));
            CHECK(tables::happened(
                tx, shown.id, now, "said", shown.organisation_name,
                fmt::format("{}{}{}", name_of(said.statement), said.text.empty() ? "" : ": ", said.text)));
            CHECK(access::audit(
                tx, by_, now,
                {.what = "notification.answer", .kind = "notification", .id = std::to_string(shown.id.value)}));
            return true;
        }));
        (void)written;
        return {};
    }

    Notifications::Impl& house_;
    net::HttpRequest const& request_;
    access::Principal by_;
};

}  // namespace

events::Saying saying_of(Statement statement) {
    switch (statement) {
        case Statement::seen:
            return events::Saying::seen;
        case Statement::repaired:
            return events::Saying::repaired;
        case Statement::not_ours:
            return events::Saying::not_ours;
        case Statement::false_positive:
            return events::Saying::false_positive;
    }
    return events::Saying::seen;
}

net::HttpResponse Notifications::owner_page(net::HttpRequest const& request) {
    return Reception(*impl_, request).answer();
}

}  // namespace tocsin::notifications
