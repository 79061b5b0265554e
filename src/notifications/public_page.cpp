#include "notifications/public_page.hpp"

#include "notifications/notifications.hpp"

#include <sodium.h>

namespace tocsin::notifications::public_page {
namespace {

constexpr std::string_view style_path = "texts/owner/style.css";

std::string_view style() {
    return embedded::find(style_path).value_or("");
}

/// Only our own style, told by its hash, and forms only to ourselves.
std::string const& content_policy() {
    static std::string const policy = [] {
        unsigned char hash[crypto_hash_sha256_BYTES];
        auto const css = style();
        crypto_hash_sha256(hash, reinterpret_cast<unsigned char const*>(css.data()), css.size());
        return fmt::format(
            "default-src 'none'; style-src 'sha256-{}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
            to_base64({reinterpret_cast<char const*>(hash), sizeof hash}));
    }();
    return policy;
}

}  // namespace

void guard(net::HttpResponse& response) {
    response.set("content-security-policy", content_policy());
    response.set("referrer-policy", "no-referrer");
    response.set("x-robots-tag", "noindex, nofollow");
    response.set("x-content-type-options", "nosniff");
    response.set("x-frame-options", "DENY");
    response.set("cache-control", "no-store");
}

Form form_of(std::string_view text) {
    Form form;
    if (text.empty()) return form;
    for (auto const field : split(text, '&')) {
        auto const equals = field.find('=');
        auto const name = percent_decoded(field.substr(0, equals), true);
        auto const value =
            percent_decoded(equals == std::string_view::npos ? std::string_view() : field.substr(equals + 1), true);
        if (name && value && is_utf8(*name) && is_utf8(*value)) form.insert_or_assign(*name, *value);
    }
    return form;
}

std::string value_of(Form const& form, std::string_view name) {
    auto const found = form.find(name);
    return found == form.end() ? std::string() : found->second;
}

std::string_view preferred_language(net::HttpRequest const& request) {
    static constexpr std::string_view known[] = {"ar", "en", "es", "fr", "ru", "zh"};
    for (auto const part : split(request.header("accept-language"), ',')) {
        auto const code = lowered(trimmed(part).substr(0, 2));
        for (auto const language : known)
            if (code == language && Texts::has(language)) return language;
    }
    return "en";
}

std::string frame(Texts const& texts, std::string_view title, std::string_view body) {
    return fmt::format(
        "<!DOCTYPE html>\n<html lang=\"{}\" dir=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
        "content=\"width=device-width, initial-scale=1\">\n<meta name=\"robots\" content=\"noindex\">\n<meta "
        "name=\"referrer\" content=\"no-referrer\">\n<title>{}</title>\n<style>{}</style>\n</head>\n<body>\n<main>\n{}"
        "</main>\n</body>\n</html>\n",
        texts.code(), texts.direction(), html_escaped(title), style(), body);
}

net::HttpResponse page(int status, std::string html) {
    net::HttpResponse response;
    response.status = status;
    response.body = std::move(html);
    response.set("content-type", "text/html; charset=utf-8");
    guard(response);
    return response;
}

net::HttpResponse gone(net::HttpRequest const& request, int status, std::string_view key) {
    auto const& texts = Texts::of(preferred_language(request));
    auto const body = fmt::format("<h1>{}</h1>\n<p>{}</p>\n", html_escaped(texts.get("page.gone_title")),
                                  html_escaped(texts.get(key)));
    return page(status, frame(texts, texts.get("page.gone_title"), body));
}

std::string language_links(std::string_view path, std::string_view language) {
    std::string out = "<nav class=\"languages\">";
    for (std::string_view const code : {"en", "fr", "es", "ru", "ar", "zh"}) {
        if (!Texts::has(code) || code == language) continue;
        out += fmt::format("<a href=\"{}?lang={}\" lang=\"{}\">{}</a>", path, code, code,
                           html_escaped(Texts::of(code).get("language")));
    }
    return out + "</nav>\n";
}

}  // namespace tocsin::notifications::public_page
