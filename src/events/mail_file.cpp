#include "events/mail_file.hpp"

#include "events/file_source.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <fstream>

namespace tocsin::events {
namespace {

constexpr std::size_t longest_mail = std::size_t{64} << 20;

Result<std::string> bytes_of(std::filesystem::path const& file) {
    TRY(auto source, open_file(file));
    std::string bytes;
    std::vector<char> piece(std::size_t{1} << 16);
    while (true) {
        TRY(auto const size, source->read(piece));
        if (size == 0) return bytes;
        bytes.append(piece.data(), size);
        if (bytes.size() > longest_mail)
            return fail(Code::limit, fmt::format("{}: a mail has at most {} bytes", file.string(), longest_mail));
    }
}

/// The whole mail is one report: the abuse report formats have a reader of their own.
bool is_abuse_report(std::string_view bytes) {
    auto const head = lowered(bytes.substr(0, std::min<std::size_t>(bytes.size(), 16384)));
    return head.contains("x-xarf:") || head.contains("x-arf:") || head.contains("report-type=feedback-report");
}

}  // namespace

bool is_report(formats::mail::MailPart const& part) {
    static constexpr std::array<std::string_view, 11> endings{".csv",  ".tsv",   ".txt",    ".zip", ".gz", ".zst",
                                                              ".json", ".jsonl", ".ndjson", ".xml", ".log"};
    static constexpr std::array<std::string_view, 6> types{"text/csv",           "application/zip",  "application/gzip",
                                                           "application/x-gzip", "application/json", "text/xml"};
    auto const name = lowered(part.name);
    if (!name.empty()) return std::ranges::any_of(endings, [&](auto ending) { return name.ends_with(ending); });
    return std::ranges::find(types, part.type) != types.end();
}

Result<std::vector<MailReport>> reports_in_mail(std::filesystem::path const& file, MailUnsealer const* unsealer) {
    std::vector<MailReport> reports;
    if (lowered(file.extension().string()) != ".eml") return reports;
    TRY(auto const bytes, bytes_of(file));
    if (!formats::mail::looks_like_mail(std::string_view(bytes).substr(0, 65536)) || is_abuse_report(bytes))
        return reports;
    TRY(auto read, read_mail(unsealer, bytes, {.mail_bytes = longest_mail}));
    auto& mail = read.mail;
    for (std::size_t i = 0; i < mail.parts.size(); ++i) {
        auto& part = mail.parts[i];
        if (!is_report(part)) continue;
        if (part.name.empty()) part.name = mail.subject.substr(0, 100);
        reports.push_back({std::move(part), read.signatures[i]});
    }
    if (reports.empty() && mail.is_encrypted)
        return fail(Code::invalid, fmt::format("{}: the mail is encrypted and can't be opened{}{}", file.string(),
                                               read.trouble.empty() ? "" : ": ", read.trouble));
    return reports;
}

UnpackedMails::~UnpackedMails() {
    std::error_code fault;
    if (!folder_.empty()) std::filesystem::remove_all(folder_, fault);
}

Result<UnpackedMails> UnpackedMails::of(std::span<std::filesystem::path const> files, std::filesystem::path folder,
                                        MailUnsealer const* unsealer) {
    UnpackedMails unpacked(std::move(folder));
    std::error_code fault;
    std::filesystem::remove_all(unpacked.folder_, fault);  // of a run that was killed
    for (auto const& file : files) {
        auto const reports = reports_in_mail(file, unsealer);
        if (!reports) unpacked.unopened_[file] = reports.error().message;
        if (!reports || reports->empty()) {
            unpacked.files_.push_back(file);
            continue;
        }
        for (auto const& report : *reports) {
            auto const place = unpacked.folder_ / std::to_string(unpacked.files_.size());
            std::filesystem::create_directories(place, fault);
            auto const path = place / (report.name.empty() ? "report" : report.name);
            std::ofstream out(path, std::ios::binary | std::ios::trunc);
            out.write(report.bytes.data(), static_cast<std::streamsize>(report.bytes.size()));
            out.close();
            if (!out) return fail(Code::io, fmt::format("writing {}: the disk is full or fails", path.string()));
            if (!report.signature.empty()) unpacked.signatures_[path] = report.signature;
            unpacked.files_.push_back(path);
        }
    }
    return unpacked;
}

}  // namespace tocsin::events
