#include "notifications/render.hpp"

#include "notifications/attached.hpp"
#include "notifications/texts.hpp"

#include <algorithm>
#include <span>

namespace tocsin::notifications {
namespace {

constexpr std::size_t most_groups = 40;
constexpr std::size_t most_lines = 20;

/// Lines of one classification identifier.
struct Group {
    std::span<Line const> lines;
    Note note;
    std::string lead = {};  ///< a paragraph in front of the note

    Line const& first() const { return lines.front(); }
};

std::vector<Group> groups_of(std::vector<Line> const& lines, std::string_view language) {
    std::vector<Group> groups;
    for (std::size_t i = 0; i < lines.size();) {
        auto end = i + 1;
        while (end < lines.size() && lines[end].identifier == lines[i].identifier) ++end;
        groups.push_back(
            {std::span(lines).subspan(i, end - i), note_for(lines[i].identifier, lines[i].type, language)});
        i = end;
    }
    return groups;
}

std::string severity_text(Texts const& texts, std::string_view severity) {
    return std::string(texts.get("severity." + std::string(severity_rank(severity) > 4 ? "none" : severity)));
}

std::string_view severity_colour(std::string_view severity) {
    switch (severity_rank(severity)) {
        case 0:
            return "#8f1d14";
        case 1:
            return "#a8440b";
        case 2:
            return "#7a5a00";
        case 3:
            return "#2f5d8a";
        default:
            return "#4d5761";
    }
}

std::string tlp_key(gate::Tlp tlp) {
    return "tlp." + replaced(std::string(gate::name_of(tlp)), "+", "_");
}

/// What both forms of a message say; the forms only differ in dress.
struct Words {
    Texts const& texts;
    Digest const& digest;
    Frame const& frame;
    gate::Tlp tlp;
    std::string files;  ///< their names
    std::vector<Group> groups;
    std::int64_t fresh = 0, reminders = 0;
    std::string other_subject = {}, other_intro = {};  ///< instead of the usual ones

    std::string counts() const {
        if (fresh == 0) return texts.plural("reminders", reminders);
        if (reminders == 0) return texts.plural("new_findings", fresh);
        return texts.plural("new_findings", fresh) + " + " + texts.plural("reminders", reminders);
    }
    std::string subject() const {
        if (frame.notice != nullptr)
            return fmt::format("[{}] {}: {}", gate::label_of(tlp), frame.settings->team_name, frame.notice->subject);
        auto const count = fresh == 0 ? texts.plural("findings", reminders) : texts.plural("new_findings", fresh);
        Texts::Values const values = {{"tlp", gate::label_of(tlp)},
                                      {"team", frame.settings->team_name},
                                      {"count", count},
                                      {"organisation", digest.organisation_name}};
        if (!other_subject.empty()) return filled(other_subject, values);
        return texts.fill(fresh == 0 ? "mail.subject_reminder" : "mail.subject", values);
    }
    std::string intro() const { return other_intro.empty() ? of_kind("mail.intro") : with_name(other_intro); }
    /// Words of an experiment, with the organisation's name in them.
    std::string with_name(std::string_view text) const {
        return filled(text, {{"organisation", texts.isolated(digest.organisation_name)}});
    }
    /// Asks for other words, where there are some.
    void say_otherwise() {
        if (frame.wording == nullptr || !*frame.wording || digest.is_to_one_above() || digest.is_abroad) return;
        for (auto& group : groups) {
            auto wording = (*frame.wording)(digest.organisation.value, group.first().identifier, texts.code());
            if (other_subject.empty()) other_subject = std::move(wording.subject);
            if (other_intro.empty()) other_intro = std::move(wording.intro);
            if (!wording.note.empty()) group.lead = with_name(wording.note);
        }
    }
    std::string of_kind(std::string_view key) const {
        std::string const name = std::string(key) + (digest.is_to_one_above() ? "_above"
                                                     : digest.is_abroad       ? "_abroad"
                                                                              : "");
        return texts.fill(name, {{"organisation", digest.organisation_name}, {"recipient", digest.recipient_name}});
    }
    std::string greeting() const {
        bool const is_usual = frame.notice == nullptr || frame.notice->greeting.empty();
        return is_usual ? of_kind("mail.greeting") : frame.notice->greeting;
    }
    std::string answer() const {
        return texts.fill("mail.answer_text", {{"expires", format_date(frame.link_expires)}});
    }
    /// What may be written alone on a line; "" when nobody reads answers by mail.
    std::string answer_by_mail() const {
        if (frame.settings->answer_address.empty()) return {};
        auto const first = [&](std::string_view key) {
            auto const all = texts.get(key);
            return std::string(all.substr(0, all.find('|')));
        };
        return texts.fill("mail.answer_by_mail", {{"seen", first("reply.seen")},
                                                  {"repaired", first("reply.repaired")},
                                                  {"not_ours", first("reply.not_ours")},
                                                  {"false_positive", first("reply.false_positive")}});
    }
    std::string questions() const { return texts.fill("mail.questions", {{"email", frame.settings->team_email}}); }
    std::string attachment() const { return texts.fill("mail.attachment", {{"file", files}}); }
    std::string from_team() const { return texts.fill("mail.from_team", {{"team", frame.settings->team_name}}); }
    std::string seen(Line const& line) const {
        return fmt::format("{1} {2}{0}{3} {4}{0}{5}", texts.comma(), texts.get("mail.first"),
                           texts.isolated(minute_text(line.first_seen)), texts.get("mail.last"),
                           texts.isolated(minute_text(line.last_seen)), texts.plural("times", line.times));
    }
    std::string what_was_seen() const {
        return fmt::format("{}{}{}", texts.get("mail.seen"), texts.get("mail.colon"), counts());
    }
    std::string title(Group const& group) const {
        auto const& identifier = group.first().identifier;
        return identifier.empty() ? group.note.title : fmt::format("{} ({})", group.note.title, identifier);
    }
};

Words words_of(gate::Cleared<Digest> const& digest, Frame const& frame) {
    Words words{.texts = Texts::of(frame.language),
                .digest = *digest,
                .frame = frame,
                .tlp = digest.marking().tlp,
                .files = Attacher::names(digest, frame.attached.empty() ? Attachments{Attachment::csv} : frame.attached,
                                         frame.date, frame.language),
                .groups = groups_of(digest->lines, frame.language)};
    for (auto const& line : digest->lines) ++(line.is_reminder ? words.reminders : words.fresh);
    words.say_otherwise();
    return words;
}

// ---- plain text

std::string underlined(std::string_view title, char mark) {
    // Counts characters, not bytes; wide scripts come out a little short, which harms nobody.
    auto const length =
        std::ranges::count_if(title, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; });
    return fmt::format("{}\n{}\n", title, std::string(static_cast<std::size_t>(length), mark));
}

std::string text_of_group(Words const& words, Group const& group) {
    auto const& texts = words.texts;
    auto out = underlined(fmt::format("[{}] {} - {}", severity_text(texts, group.first().severity), words.title(group),
                                      texts.plural("findings", static_cast<std::int64_t>(group.lines.size()))),
                          '-');
    for (auto const& line : group.lines.first(std::min(group.lines.size(), most_lines))) {
        out += fmt::format("* {}{}\n    {}\n", place_of(line),
                           line.is_reminder ? fmt::format(" ({})", texts.get("mail.reminder")) : std::string(),
                           words.seen(line));
    }
    if (group.lines.size() > most_lines)
        out += "  " + texts.plural("more", static_cast<std::int64_t>(group.lines.size() - most_lines)) + "\n";
    auto const lead = group.lead.empty() ? std::string() : group.lead + "\n\n";
    return out + fmt::format("\n{}{}\n{}{}\n\n", texts.get("mail.repair"), trimmed(texts.get("mail.colon")), lead,
                             group.note.text);
}

/// What was seen, and where to answer; of a notice alone only where to ask.
std::string text_of_findings(Words const& words) {
    auto const& texts = words.texts;
    if (words.digest.lines.empty()) return words.questions() + "\n\n";
    auto out = underlined(words.what_was_seen(), '=');
    out += std::string(texts.get("mail.times_note")) + "\n\n";
    for (auto const& group : std::span(words.groups).first(std::min(words.groups.size(), most_groups)))
        out += text_of_group(words, group);
    if (words.groups.size() > most_groups) {
        std::size_t hidden = 0;
        for (auto const& group : std::span(words.groups).subspan(most_groups)) hidden += group.lines.size();
        out += texts.plural("more", static_cast<std::int64_t>(hidden)) + "\n\n";
    }
    out += underlined(texts.get("mail.answer"), '=');
    out += words.answer() + "\n\n" + std::string(words.frame.link) + "\n\n";
    if (auto const by_mail = words.answer_by_mail(); !by_mail.empty()) out += by_mail + "\n\n";
    out += words.questions() + "\n\n";
    return out + words.attachment() + "\n\n";
}

std::string text_of(Words const& words) {
    auto const& texts = words.texts;
    auto const* const notice = words.frame.notice;
    std::string out = std::string(gate::label_of(words.tlp)) + "\n\n";
    out += words.greeting() + "\n\n" + (notice != nullptr ? notice->text : words.intro()) + "\n\n";
    out += text_of_findings(words) + "-- \n";
    out += fmt::format("{}: {}\n", gate::label_of(words.tlp), texts.get(tlp_key(words.tlp)));
    return out + words.from_team() + "\n";
}

// ---- HTML. Styles stand at the elements: many mail programs drop everything else.

constexpr std::string_view muted = "color:#4d5761;font-size:14px";

std::string html_of_line(Words const& words, Line const& line) {
    auto const badge = line.is_reminder ? fmt::format(" <span style=\"color:#7a3b00;font-size:13px\">&#8212; {}</span>",
                                                      html_escaped(words.texts.get("mail.reminder")))
                                        : std::string();
    return fmt::format(
        "<li style=\"margin:0 0 10px\"><bdi dir=\"ltr\" style=\"font-family:ui-monospace,Consolas,monospace;"
        "font-size:15px;word-break:break-all\">{}</bdi>{}<br><span style=\"{}\">{} <bdi dir=\"ltr\">{}</bdi>{} {} <bdi "
        "dir=\"ltr\">{}</bdi>{} {}</span></li>\n",
        html_escaped(place_of(line)), badge, muted, html_escaped(words.texts.get("mail.first")),
        minute_text(line.first_seen), trimmed(words.texts.comma()), html_escaped(words.texts.get("mail.last")),
        minute_text(line.last_seen), trimmed(words.texts.comma()),
        html_escaped(words.texts.plural("times", line.times)));
}

std::string html_of_group(Words const& words, Group const& group) {
    auto const& texts = words.texts;
    auto const& first = group.first();
    auto const code = first.identifier.empty()
                          ? std::string()
                          : fmt::format(
                                " <code dir=\"ltr\" style=\"font-size:13px;font-weight:400;color:#4d5761\">{}"
                                "</code>",
                                html_escaped(first.identifier));
    auto out = fmt::format(
        "<h2 style=\"font-size:18px;line-height:1.35;margin:32px 0 4px\">{}{}</h2>\n<p style=\"margin:0 0 12px;"
        "font-size:14px\"><span style=\"display:inline-block;background:{};color:#ffffff;border-radius:4px;padding:1px "
        "8px\">{}</span> {}</p>\n<ul style=\"margin:0 0 12px;padding-inline-start:20px\">\n",
        html_escaped(group.note.title), code, severity_colour(first.severity),
        html_escaped(severity_text(texts, first.severity)),
        html_escaped(texts.plural("findings", static_cast<std::int64_t>(group.lines.size()))));
    for (auto const& line : group.lines.first(std::min(group.lines.size(), most_lines)))
        out += html_of_line(words, line);
    out += "</ul>\n";
    if (group.lines.size() > most_lines) {
        auto const hidden = static_cast<std::int64_t>(group.lines.size() - most_lines);
        out += fmt::format("<p style=\"{}\">{}</p>\n", muted, html_escaped(texts.plural("more", hidden)));
    }
    auto const& note_texts = Texts::of(group.note.language);
    if (!group.lead.empty()) out += fmt::format("<p style=\"margin:0 0 8px\">{}</p>\n", html_escaped(group.lead));
    return out + fmt::format(
                     "<div lang=\"{}\" dir=\"{}\" style=\"background:#f3f5f7;border-radius:6px;padding:12px 16px;"
                     "font-size:15px\"><p style=\"margin:0 0 4px;font-weight:600\">{}</p>\n{}</div>\n",
                     note_texts.code(), note_texts.direction(), html_escaped(texts.get("mail.repair")),
                     group.note.html);
}

std::string html_of_answer(Words const& words) {
    auto const link = html_escaped(words.frame.link);
    auto const by_mail = html_escaped(words.answer_by_mail());
    auto const closing = by_mail + (by_mail.empty() ? "" : "</p>\n<p>") + html_escaped(words.questions());
    return fmt::format(
        "<h2 style=\"font-size:18px;margin:36px 0 8px\">{}</h2>\n<p style=\"margin:0 0 16px\">{}</p>\n<p "
        "style=\"margin:0 0 16px\"><a href=\"{}\" style=\"display:inline-block;background:#0b57d0;color:#ffffff;"
        "text-decoration:none;border-radius:6px;padding:12px 22px;font-weight:600\">{}</a></p>\n<p "
        "style=\"{};word-break:break-all\"><bdi dir=\"ltr\">{}</bdi></p>\n<p>{}</p>\n<p style=\"{}\">{}</p>\n",
        html_escaped(words.texts.get("mail.answer")), html_escaped(words.answer()), link,
        html_escaped(words.texts.get("mail.answer_button")), muted, link, closing, muted,
        html_escaped(words.attachment()));
}

/// What was seen, and where to answer; of a notice alone only where to ask.
std::string html_of_findings(Words const& words) {
    auto const& texts = words.texts;
    if (words.digest.lines.empty()) return fmt::format("<p>{}</p>\n", html_escaped(words.questions()));
    auto out = fmt::format(
        "<h1 style=\"font-size:21px;line-height:1.3;margin:28px 0 4px\">{}</h1>\n<p style=\"{}\">{}"
        "</p>\n",
        html_escaped(words.what_was_seen()), muted, html_escaped(texts.get("mail.times_note")));
    for (auto const& group : std::span(words.groups).first(std::min(words.groups.size(), most_groups)))
        out += html_of_group(words, group);
    if (words.groups.size() > most_groups) {
        std::size_t hidden = 0;
        for (auto const& group : std::span(words.groups).subspan(most_groups)) hidden += group.lines.size();
        out += fmt::format("<p>{}</p>\n", html_escaped(texts.plural("more", static_cast<std::int64_t>(hidden))));
    }
    return out + html_of_answer(words);
}

std::string html_of(Words const& words) {
    auto const& texts = words.texts;
    auto out = fmt::format(
        "<!DOCTYPE html>\n<html lang=\"{0}\" dir=\"{1}\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
        "content=\"width=device-width, initial-scale=1\">\n<title>{2}</title>\n</head>\n<body style=\"margin:0;"
        "background:#ffffff;color:#16191d\">\n<div lang=\"{0}\" dir=\"{1}\" style=\"max-width:680px;margin:0 "
        "auto;padding:20px 16px;font-family:system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans','Noto Sans "
        "Arabic',sans-serif;font-size:16px;line-height:1.5\">\n",
        texts.code(), texts.direction(), html_escaped(words.subject()));
    out += fmt::format(
        "<p style=\"margin:0 0 20px\"><bdi dir=\"ltr\" style=\"background:#000000;color:{};font-family:ui-monospace,"
        "Consolas,monospace;font-weight:700;padding:4px 10px;border-radius:4px\">{}</bdi></p>\n",
        words.tlp == gate::Tlp::red     ? "#FF2B2B"
        : words.tlp == gate::Tlp::green ? "#33FF00"
        : words.tlp == gate::Tlp::clear ? "#FFFFFF"
                                        : "#FFC000",
        gate::label_of(words.tlp));
    auto const* const notice = words.frame.notice;
    out += fmt::format("<p>{}</p>\n{}\n", html_escaped(words.greeting()),
                       notice != nullptr ? notice->html : fmt::format("<p>{}</p>", html_escaped(words.intro())));
    out += html_of_findings(words);
    out += fmt::format(
        "<hr style=\"border:0;border-top:1px solid #d5dae0;margin:28px 0 12px\">\n<p style=\"{}\"><bdi dir=\"ltr\">{}"
        "</bdi>: {}<br>{}</p>\n</div>\n</body>\n</html>\n",
        muted, gate::label_of(words.tlp), html_escaped(texts.get(tlp_key(words.tlp))), html_escaped(words.from_team()));
    return out;
}
}  // namespace

std::string minute_text(Timestamp time) {
    auto text = format_timestamp(Timestamp::from_seconds(time.seconds()));
    if (text.size() < 16) return text;
    text[10] = ' ';
    return text.substr(0, 16);
}

std::string place_of(Line const& line) {
    std::string out = line.address;
    if (!out.empty() && line.port) {
        bool const is_six = out.find(':') != std::string::npos;
        out = fmt::format("{}:{}", is_six ? "[" + out + "]" : out, *line.port);
    }
    if (!out.empty() && !line.transport.empty()) out += "/" + line.transport;
    for (auto const* const more : {&line.domain, &line.url, &line.account}) {
        if (more->empty()) continue;
        if (!out.empty()) out += "  ";
        out += *more;
    }
    return out.empty() ? line.finding : out;
}

Rendered render(gate::Cleared<Digest> const& digest, Frame const& frame) {
    auto const words = words_of(digest, frame);
    return {.language = std::string(words.texts.code()),
            .tlp = std::string(gate::label_of(words.tlp)),
            .subject = words.subject(),
            .text = text_of(words),
            .html = html_of(words)};
}

}  // namespace tocsin::notifications
