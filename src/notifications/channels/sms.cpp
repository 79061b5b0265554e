#include "notifications/channels/channel.hpp"
#include "notifications/texts.hpp"

/// A text message by the HTTP gateway of a provider.
namespace tocsin::notifications {
namespace {

/// 3GPP TS 23.038 section 6.2.1, the default alphabet; those of its extension count twice.
bool is_in(std::string_view letters, std::string_view letter) {
    return letters.contains(letter);
}
constexpr std::string_view gsm_letters =
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà";
constexpr std::string_view gsm_extension = "^{}\\[~]|€";

std::size_t letter_bytes(std::string_view text, std::size_t at) {
    auto const lead = static_cast<unsigned char>(text[at]);
    std::size_t const length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    return std::min(length, text.size() - at);
}

std::string json_escaped(std::string_view text) {
    auto const quoted = json_string(text);
    return quoted.substr(1, quoted.size() - 2);
}

/// The template with its values, written as its place wants it.
std::string filled_in(std::string_view pattern, Dispatch const& dispatch, std::string_view text,
                      std::string (*write)(std::string_view)) {
    return filled(pattern, {{"to", write(dispatch.to)}, {"text", write(text)}, {"key", write(dispatch.key)}});
}

std::string url_part(std::string_view text) {
    return percent_encoded(text);
}

}  // namespace

SmsLength sms_length(std::string_view text) {
    SmsLength length;
    int septets = 0, units = 0;
    for (std::size_t at = 0; at < text.size();) {
        auto const bytes = letter_bytes(text, at);
        auto const letter = text.substr(at, bytes);
        bool const is_extended = is_in(gsm_extension, letter);
        length.is_gsm = length.is_gsm && (is_extended || is_in(gsm_letters, letter));
        septets += is_extended ? 2 : 1;
        units += bytes == 4 ? 2 : 1;
        at += bytes;
    }
    length.units = length.is_gsm ? septets : units;
    int const whole = length.is_gsm ? 160 : 70, part = length.is_gsm ? 153 : 67;
    length.parts = length.units <= whole ? 1 : (length.units + part - 1) / part;
    return length;
}

std::string sms_text(Dispatch const& dispatch) {
    auto const& texts = Texts::of(dispatch.language);
    auto const count = texts.plural("findings", static_cast<std::int64_t>((*dispatch.digest)->lines.size()));
    auto const& team = dispatch.settings->team_name;
    auto const whole = fmt::format("{} {}", texts.fill("short.sms", {{"team", team}, {"count", count}}), dispatch.link);
    if (sms_length(whole).parts <= dispatch.settings->channels.most_sms_parts) return whole;
    return fmt::format("{} {}", team, dispatch.link);
}

Outcome send_sms(Dispatch const& dispatch, BeforeEnd const& before_end, Stops const& stops) {
    auto const& how = dispatch.settings->channels;
    auto const text = sms_text(dispatch);
    bool const is_json = how.sms_type.starts_with("application/json");
    ChannelCall call{.http = {.method = net::Method::post, .url = filled_in(how.sms_url, dispatch, text, url_part)},
                     .authorization = how.sms_authorization};
    call.http.body = {.type = how.sms_type,
                      .bytes = filled_in(how.sms_body, dispatch, text, is_json ? json_escaped : url_part)};
    return call_out(std::move(call), *dispatch.settings, before_end, stops);
}

}  // namespace tocsin::notifications
